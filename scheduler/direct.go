package scheduler

// direct is the runner without tasks: the calling goroutine is the only
// thread, and a blocking call runs deliveries and timers until it can return.
type direct struct{}

// NewDirect returns the runner for plain unit tests: no tasks, the calling
// goroutine is the only thread. A call that blocks runs deliveries, timers
// and At functions until it can return, and returns a *Deadlock if nothing
// can end it.
func NewDirect() Runner { return direct{} }

func (direct) Tasks() bool { return false }

func (direct) Start(func(), func(any, []byte)) int {
	panic("scheduler: the direct runner has no tasks: use NewCoroutine for Go")
}

func (direct) Resume(int) {}
func (direct) Park()      {}
func (direct) Stop()      {}
func (direct) Close()     {}
func (direct) Self() int  { return -1 }
func (direct) Idle()      {}
