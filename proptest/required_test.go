package proptest_test

import (
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
)

// required is a loop that has the required methods and nothing else.
type required struct{ proptest.Reactor }

// requiredWatch is a watch of it.
type requiredWatch struct{ proptest.Watch }

func (r required) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	w, err := r.Reactor.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return requiredWatch{w}, nil
}

// TestRequiredMethodsAreEnough judges a correct loop without any optional method,
// with the default options: no rule is broken, and each one was evaluated or does
// not apply.
func TestRequiredMethodsAreEnough(t *testing.T) {
	subject := func(tb testing.TB, h demux.Host) proptest.Reactor { return required{proptest.EventLoop(tb, h)} }
	dialects := []string{"epoll", "kqueue-freebsd", "iocp"}
	if testing.Short() {
		dialects = dialects[:1]
	}
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			(&proptest.Options{Dialect: dialect}).TestReactor(t, subject)
			r := check(t, subject, &proptest.Options{Dialect: dialect})
			for i, p := range proptest.Properties() {
				why := r.Simulated.Exempt[i]
				if p.Name == "close-runs-once" && why == "" {
					t.Errorf("%s applies to a loop that has no CloseFunc", p.Name)
				}
				if why == "" && r.Simulated.Evaluated[i] == 0 {
					t.Errorf("%s was not evaluated", p.Name)
				}
			}
		})
	}
}
