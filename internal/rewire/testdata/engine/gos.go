package engine

import (
	"fmt"
	"runtime"
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
	go func() {
		defer wg.Done()
		go func() { out <- "inner" }()
	}()
	go nothing()
	go runtime.Gosched()
	w, n := worker{"w"}, 1
	go w.run(out, n)
	w, n = worker{"changed"}, 2
	go worker{"literal"}.run(out, n+1)
	go send(out, 5)
	go send(out, "a", "b", "c")
	go send(out, "d", []string{"e", "f"}...)
	go send[float64](out, 5)
	x, shift := 3, uint(2)
	go say(out, nil, nil, 1, x == 3, 1<<shift)
	go say(out, 1<<shift, nil, 1.5, level(false), 255)
	fs := []func(string){func(s string) { out <- s }}
	go fs[0]("indexed")
	go takes(two())
	go func(a, b int) int { out <- fmt.Sprint(a + b); return a }(n, 40)
	go say(
		out,
		strings.ToUpper(
			"several",
		), // a comment
		nil, 2,
		x != 3,
		7,
	)
	m := map[string]int{"k": 1}
	go delete(m, "k")
	go print()
	go (nothing)()
label:
	for range 1 {
		switch {
		default:
			go close(make(chan int))
			continue label
		}
	}
	wg.Wait()
	for len(out) < 12 {
		runtime.Gosched()
	}
	close(out)
	n = 0
	for range out {
		n++
	}
	return fmt.Sprint("gos ", n)
}
