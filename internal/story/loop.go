package story

import (
	"context"
	"fmt"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
)

// theLoop returns the reactor of the play, opening it if need be.
func (x *scene) theLoop(c *command) *eventloop.Loop {
	if x.loop == nil && x.err == nil {
		x.open(c, 0)
	}
	return x.loop
}

// open makes the loop, or ends the play.
func (x *scene) open(c *command, batch int) {
	l, err := eventloop.Open(x.host, &eventloop.Options{Batch: batch, Observer: x.observe})
	if err != nil {
		x.fail(c, "the loop does not open: %s", failure(err))
		return
	}
	x.loop = l
}

func (x *scene) openLoop(c *command) string {
	batch, err := number(c.args[0])
	switch {
	case err != nil || batch < 1 || batch > eventloop.MaxBatch:
		return x.fail(c, "%q: a batch has 1 to %d events", c.args[0], eventloop.MaxBatch)
	case x.loop != nil:
		return x.fail(c, "the loop is open already")
	}
	x.open(c, batch)
	return ""
}

func (x *scene) watch(c *command) string {
	name := c.args[0]
	want, err := interest(c.args[1])
	if err != nil {
		return x.fail(c, "%v", err)
	}
	m, err := mode(c.args[2:])
	if err != nil {
		return x.fail(c, "%v", err)
	}
	h, l := x.handle(c, name), x.theLoop(c)
	if x.err != nil {
		return ""
	}
	r, err := l.Watch(h, want, m, func(demux.Event) { x.call(name) })
	if err != nil {
		return failure(err)
	}
	x.watches[name] = r
	x.tokens[r.Token()] = name
	return ""
}

func (x *scene) modify(c *command) string {
	want, err := interest(c.args[1])
	if err != nil {
		return x.fail(c, "%v", err)
	}
	m, err := mode(c.args[2:])
	if err != nil {
		return x.fail(c, "%v", err)
	}
	r := x.watches[c.args[0]]
	if r == nil {
		return "not found"
	}
	return failure(r.Modify(want, m))
}

func (x *scene) unwatch(c *command) string {
	r := x.watches[c.args[0]]
	if r == nil {
		return "not found"
	}
	delete(x.watches, c.args[0])
	if len(c.args) == 1 {
		return failure(r.Close())
	}
	return failure(r.CloseFunc(func() { x.called("closing", c.args[1]) }))
}

func (x *scene) on(c *command) string {
	x.functions[c.args[0]] = append(x.functions[c.args[0]], c.inner)
	return ""
}

func (x *scene) post(c *command) string {
	l := x.theLoop(c)
	if x.err != nil {
		return ""
	}
	return failure(l.Post(func() { x.called("posted", c.args[0]) }))
}

func (x *scene) timer(c *command) string {
	d, err := duration(c.args[1])
	if err != nil || d < 0 {
		return x.fail(c, "%q: a timer has a time, as 5ms", c.args[1])
	}
	l := x.theLoop(c)
	if x.err != nil {
		return ""
	}
	x.timers[c.args[0]] = l.AfterFunc(d, func() { x.called("timer", c.args[0]) })
	return ""
}

func (x *scene) cancel(c *command) string {
	if !x.timers[c.args[0]].Stop() {
		return "too late"
	}
	return ""
}

func (x *scene) iterate(c *command) string {
	n, err := number(c.args[0])
	limit := time.Duration(0)
	if err == nil && len(c.args) == 2 {
		limit, err = duration(c.args[1])
	}
	switch {
	case err != nil:
		return x.fail(c, "%v", err)
	case n > maxIterations:
		return x.fail(c, "%d iterations at the most", maxIterations)
	case x.busy(c):
		return ""
	}
	l := x.theLoop(c)
	for range n {
		if x.err != nil {
			return ""
		}
		if _, err := l.RunOnce(limit); err != nil {
			return failure(err)
		}
	}
	return ""
}

// busy ends the play if c would run the loop in a function of the loop.
func (x *scene) busy(c *command) bool {
	if x.prefix != "" {
		x.fail(c, "%s is for the top of a script", c.verb.name)
		return true
	}
	return false
}

func (x *scene) runLoop(c *command) string {
	if x.busy(c) || x.theLoop(c) == nil {
		return ""
	}
	return failure(x.loop.Run(context.Background()))
}

func (x *scene) runAlive(c *command) string {
	if x.busy(c) || x.theLoop(c) == nil {
		return ""
	}
	return failure(x.loop.RunWhileAlive())
}

func (x *scene) stop(c *command) string {
	l := x.theLoop(c)
	if x.err != nil {
		return ""
	}
	return failure(l.Close())
}

// observe tells what the loop does. Functions tell themselves, by called: the
// loop does not know their names.
func (p *player) observe(s eventloop.Step) {
	p.iteration = s.Iteration
	switch s.Phase {
	case eventloop.PhasePoll:
		p.step("wait "+waited(s.Timeout), "%s%s", p.events(s.Events), p.moved())
	case eventloop.PhaseDispatch:
		switch name := p.tokens[s.Token]; {
		case s.Stale:
			p.step("drop "+name, "%s  stale", s.Ready)
		case s.Unwanted:
			p.step("drop "+name, "%s  unwanted", s.Ready)
		default:
			p.step("dispatch "+name, "%s", s.Ready)
		}
	case eventloop.PhaseTimers, eventloop.PhasePosted, eventloop.PhaseClosing:
	}
}

// called tells that the loop calls a function, and calls it.
func (p *player) called(phase, name string) {
	p.step(phase+" "+name, "%s", strings.TrimSpace(p.moved()))
	p.call(name)
}

// step tells a step of the loop.
func (p *player) step(what, format string, args ...any) {
	p.say("", "#%d %-11s %s", p.iteration, what, fmt.Sprintf(format, args...))
}

func waited(timeout time.Duration) string {
	if timeout < 0 {
		return "forever"
	}
	return timeout.String()
}

func (p *player) events(batch []demux.Event) string {
	if len(batch) == 0 {
		return "-"
	}
	var all []string
	for _, ev := range batch {
		all = append(all, p.tokens[ev.Token]+":"+ev.Ready.String())
	}
	return strings.Join(all, " ")
}

// moved tells the time if it has moved since it was told last.
func (p *player) moved() string {
	if p.kernel == nil || p.kernel.Now() == p.told {
		return ""
	}
	p.told = p.kernel.Now()
	return "  at " + p.told.String()
}
