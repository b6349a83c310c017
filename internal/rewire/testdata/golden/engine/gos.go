package engine; import simruntime "simtest/shim/runtime"; import simroutine "simtest/shim/routine"

import (
	"fmt"
	_ "runtime"
	"strings"
	"sync"
)

type worker struct{ name string }

func (w worker) run(out chan<- string, n int) { out <- fmt.Sprint(w.name, n) }

type level bool

func nothing() {}

func send[T any](out chan<- string, v T, more ...T) { out <- fmt.Sprint(v, len(more)) }

func two() (chan<- string, int) { return nil, 2 }

func takes(out chan<- string, n int) {}

func say(out chan<- string, a any, err error, f float64, l level, u uint8) {
	out <- fmt.Sprint(a, err, f, l, u)
}

func gos() string {
	out := make(chan string, 100)
	var wg sync.WaitGroup
	wg.Add(1)
	simroutine.Go(func() {
		defer wg.Done()
		simroutine.Go(func() { out <- "inner" })
	})
	{ simroutine.Go(func() { nothing() }) }
	{ simroutine.Go(func() { simruntime.Gosched() }) }
	w, n := worker{"w"}, 1
	{ simF, simA0, simA1 := w.run, out, n; simroutine.Go(func() { simF(simA0, simA1) }) }
	w, n = worker{"changed"}, 2
	{ simF, simA0, simA1 := worker{"literal"}.run, out, n+1; simroutine.Go(func() { simF(simA0, simA1) }) }
	{ simA0 := out; simroutine.Go(func() { send(simA0, 5) }) }
	{ simA0 := out; simroutine.Go(func() { send(simA0, "a", "b", "c") }) }
	{ simA0, simA2 := out, []string{"e", "f"}; simroutine.Go(func() { send(simA0, "d", simA2...) }) }
	{ simA0 := out; simroutine.Go(func() { send[float64](simA0, 5) }) }
	x, shift := 3, uint(2)
	{ simA0, simA4, simA5 := out, level(x == 3), uint8(1<<shift); simroutine.Go(func() { say(simA0, nil, nil, 1, simA4, simA5) }) }
	{ simA0, simA1 := out, 1<<shift; simroutine.Go(func() { say(simA0, simA1, nil, 1.5, level(false), 255) }) }
	fs := []func(string){func(s string) { out <- s }}
	{ simF := fs[0]; simroutine.Go(func() { simF("indexed") }) }
	{ simA0, simA1 := two(); simroutine.Go(func() { takes(simA0, simA1) }) }
	{ simF, simA0 := func(a, b int) int { out <- fmt.Sprint(a + b); return a }, n; simroutine.Go(func() { simF(simA0, 40) }) }
	{ simA0, simA1, simA4 := 
out, 
strings.ToUpper(
			"several",
		), 

level(x != 3); 

simroutine.Go(func() { say(simA0, simA1, nil, 2, simA4, 7) }) }
	m := map[string]int{"k": 1}
	{ simA0 := m; simroutine.Go(func() { delete(simA0, "k") }) }
	{ simroutine.Go(func() { print() }) }
	{ simroutine.Go(func() { (nothing)() }) }
label:
	for range 1 {
		switch {
		default:
			{ simA0 := make(chan int); simroutine.Go(func() { close(simA0) }) }
			continue label
		}
	}
	wg.Wait()
	for len(out) < 12 {
		simruntime.Gosched()
	}
	close(out)
	n = 0
	for range out {
		n++
	}
	return fmt.Sprint("gos ", n)
}
