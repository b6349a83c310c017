package watcher

import "reactortest/proptest/internal/core"

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
