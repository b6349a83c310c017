package watcher

import (
	"slices"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// feature is something that a workload may have and most have not.
type feature struct {
	name string
	has  func(w *workload) bool
}

// features are told in the report, with how many runs had each.
var features = []feature{
	{"closed from outside", func(w *workload) bool { return w.stopsAt(momentOutside) > 0 }},
	{"closed by two threads", func(w *workload) bool { return w.stopsAt(momentOutside) > 1 }},
	{"closed while others post", func(w *workload) bool { return w.stopsAt(momentOutside) > 0 && len(w.posters) > 0 }},
	{"closed by a handler", func(w *workload) bool { return w.stopsAt(momentHandler) > 0 }},
	{"closed by a timer", func(w *workload) bool { return w.stopsAt(momentTimer) > 0 }},
	{"closed by a posted function", func(w *workload) bool { return w.stopsAt(momentPosted) > 0 }},
	{"closed by a close function", func(w *workload) bool { return w.stopsAt(momentCloseFunc) > 0 }},
	{"closed before Run", func(w *workload) bool { return w.stopsAt(momentBeforeRun) > 0 }},
	{"timers that are set again", func(w *workload) bool { return len(w.settables) > 0 }},
	{"timers of hours and weeks", (*workload).long},
	{"a run that outlives such a timer", func(w *workload) bool { return w.outlives && w.long() }},
	{"8 timers and more at once", func(w *workload) bool { return len(w.crowds) > 0 }},
	{"100 timers and more at once", func(w *workload) bool { return len(w.crowds) > 0 && w.crowds[0].count >= 100 }},
	{"wakes for nothing", func(w *workload) bool { return len(w.wakes) > 0 }},
	{"9 posts and more at once", func(w *workload) bool { return w.burst > 0 }},
	{"300 watches and more", func(w *workload) bool { return w.many >= manyMore }},
	{"over 64 handles", func(w *workload) bool { return w.gap >= gapSmall || w.many >= 32 }},
	{"over 1000 handles", func(w *workload) bool { return w.gap >= 1000 }},
	{"more watches than a batch holds", func(w *workload) bool { return w.many >= 65 }},
	{"a duplicate is watched", func(w *workload) bool { return w.acts(actDup) }},
	{"a handle is closed and its number used again", func(w *workload) bool { return w.acts(actReplaceOther) }},
	{"Modify changes a mode", func(w *workload) bool { return w.acts(actTurn) }},
	{"Modify adds Writable", func(w *workload) bool { return w.acts(actOutput) }},
	{"Modify takes all interest off and restores it", func(w *workload) bool { return w.acts(actPause) }},
	{"output until ErrAgain", (*workload).fills},
	{"a handler reads little in edge mode", func(w *workload) bool {
		return slices.ContainsFunc(w.conns, func(c conn) bool { return c.mode == demux.Edge && c.readSize > 0 })
	}},
	{"a handler panics", func(w *workload) bool { return w.handlerActs(actPanic) }},
	{"a handler runs the loop", func(w *workload) bool { return w.handlerActs(actReenter) }},
}

// stopsAt returns how many of its early Closes come at m.
func (w *workload) stopsAt(m moment) (n int) {
	for _, s := range w.stops {
		if s.moment == m {
			n++
		}
	}
	return n
}

// acts reports whether a function of the loop may carry out an action.
func (w *workload) acts(kind actionKind) bool {
	for _, t := range w.timers {
		if t.act.kind == kind {
			return true
		}
	}
	for _, p := range w.posters {
		if slices.ContainsFunc(p.acts, func(a action) bool { return a.kind == kind }) {
			return true
		}
	}
	return w.handlerActs(kind)
}

// handlerActs reports whether a handler may carry out an action.
func (w *workload) handlerActs(kind actionKind) bool {
	return slices.ContainsFunc(w.conns, func(c conn) bool {
		return slices.ContainsFunc(c.script, func(a action) bool { return a.kind == kind })
	})
}

// fills reports whether a handler may write more than a buffer holds.
func (w *workload) fills() bool {
	return slices.ContainsFunc(w.conns, func(c conn) bool { return c.output > 4096 })
}

var _ core.Featured = suite{}

// Features names what a workload may have.
func (s suite) Features() []string {
	names := make([]string, len(features))
	for i, f := range features {
		names[i] = f.name
	}
	return names
}

// Has reports whether w has feature i.
func (s suite) Has(w core.Workload, i int) bool { return features[i].has(w.(*workload)) }

// Figures returns what is measured and not judged.
func (s suite) Figures() []core.Figure { return append([]core.Figure(nil), figures[:]...) }
