package watcher

import "errors"

// errHandler is what a handler panics with.
var errHandler = errors.New("a handler of the workload panics")

// panics has a handler panic. A real host cannot be made to forget what a loop
// has left behind: there no handler panics.
func (d *driver) panics(self *link) {
	j := d.judge
	if j.Kernel == nil {
		return
	}
	j.do("panics")
	j.Lock()
	j.ExpectPanic(errHandler)
	for _, w := range j.watches {
		w.cut = w != self.state && w.live && w.batch&w.want&^w.served != 0
	}
	j.Unlock()
	panic(errHandler)
}

// call calls Run, and ends the run without a verdict if the panic of a handler
// leaves it.
func (d *driver) call(run func() error) (err error) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause != errHandler { //nolint:errorlint // it is no error chain
			panic(cause)
		}
		j := d.judge
		j.Lock()
		defer j.Unlock()
		j.Note(entry{Kind: entryLoop, Text: j.Say("the panic leaves Run")})
		j.Count(rulePanicLeavesRun)
		j.Abandon()
	}()
	return run()
}

// reenter has a handler run the loop. A loop that refuses, by an error or a
// panic, goes on as if nothing had happened. A loop that does not refuse has
// promised nothing: the run ends without a verdict.
func (d *driver) reenter() {
	j := d.judge
	if j.Kernel == nil {
		return
	}
	j.do("runs the loop")
	j.Lock()
	j.inside = true
	j.Unlock()
	refused := d.tryRun()
	j.Lock()
	j.inside = false
	if !refused {
		j.Abandon()
	}
	j.Unlock()
	j.do("is refused")
}

// tryRun runs the loop and reports whether it refused.
func (d *driver) tryRun() (refused bool) {
	defer func() {
		if recover() != nil {
			refused = true
		}
	}()
	if s, steps := capable[Stepper](d.reactor); steps {
		_, err := s.RunOnce(0)
		return err != nil
	}
	return d.reactor.Run() != nil
}

// nested ends the run if a loop that was called by a handler runs: it has not
// refused.
func (j *judge) nested() {
	if j.inside {
		j.Abandon()
	}
}
