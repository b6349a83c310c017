//go:build !goja_before_terminate

package findings

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"
)

// TestGojaPosted calls RunOnLoop in the last timer: it returns true, and the function is
// never called.
func TestGojaPosted(t *testing.T) {
	loop := eventloop.NewEventLoop()
	accepted, ran := false, false
	loop.SetTimeout(func(*goja.Runtime) {
		accepted = loop.RunOnLoop(func(*goja.Runtime) { ran = true })
	}, time.Millisecond)
	loop.Run(func(*goja.Runtime) {})
	if !accepted || ran {
		t.Errorf("accepted %v, ran %v: the finding is mended", accepted, ran)
	}
}

// TestGojaInterval clears an interval as the last work of a loop: its goroutine stays.
func TestGojaInterval(t *testing.T) {
	for range 10 {
		loop := eventloop.NewEventLoop()
		loop.Run(func(vm *goja.Runtime) {
			_, err := vm.RunString(`let i = setInterval(function() { clearInterval(i) }, 1)`)
			if err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(10 * time.Millisecond)
	buf := make([]byte, 1<<20)
	stacks := string(buf[:runtime.Stack(buf, true)])
	if n := strings.Count(stacks, "eventloop.(*Interval).run("); n == 0 {
		t.Error("no goroutine of an interval is left: the finding is mended")
	}
}
