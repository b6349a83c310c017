package posting

import "reactortest/internal/planted/loop"

// CheckBeforeSet has a flag that says that the loop is awake. A poster may read
// it before the loop has cleared it to sleep: the loop then sleeps on a queue
// that it has not seen.
//
// Seen in Twisted, which did not wake the loop when a post came from the loop's
// own thread between the look at the queue and the poll (Twisted #1997).
func CheckBeforeSet(l *loop.Loop) {
	l.Parts.Waker = &awake{l}
}

type awake struct{ *loop.Loop }

func (a *awake) Signal() error {
	awake := a.Waking.Load()
	a.Host.Yield("post-flag")
	if awake {
		return nil
	}
	return loop.IgnoreClosed(a.Parts.Demux.Wake())
}

func (*awake) Clear()   {}
func (a *awake) Sleep() { a.Waking.Store(false) }
func (a *awake) Awake() { a.Waking.Store(true) }
