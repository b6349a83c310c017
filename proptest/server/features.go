package server

import (
	"slices"

	"reactortest/proptest/internal/core"
)

// feature is something that a workload may have and most have not.
type feature struct {
	name string
	has  func(w *workload) bool
}

// features are told in the report, with how many runs had each.
var features = []feature{
	{"stopped early", func(w *workload) bool { return w.stops }},
	{"a peer ends its direction", func(w *workload) bool { return w.ends(endFin) }},
	{"a peer closes", func(w *workload) bool { return w.ends(endClose) }},
	{"a peer resets its connection", func(w *workload) bool { return w.ends(endReset) }},
	{"a peer stays", func(w *workload) bool { return w.ends(endStay) }},
	{"a peer reads late or little", func(w *workload) bool {
		return slices.ContainsFunc(w.peers, func(s script) bool { return s.slow || s.sips > 0 })
	}},
	{"a flood beside a peer that waits", (*workload).floods},
	{"8 connections and more", func(w *workload) bool { return w.copies() >= 8 }},
	{"descriptors run short", func(w *workload) bool { return len(w.shortages) > 0 }},
	{"descriptors run short twice", func(w *workload) bool { return len(w.shortages) > 1 }},
	{"answers beyond what a socket holds", func(w *workload) bool { return w.reply > 4096 || w.greet > 4096 }},
	{"the handler closes", func(w *workload) bool { return w.closeAt > 0 }},
	{"another thread closes", func(w *workload) bool { return len(w.closers) > 0 }},
	{"another thread closes another connection during Data", func(w *workload) bool { return w.other > 0 }},
	{"another thread sends", func(w *workload) bool { return w.async || len(w.pushes) > 0 }},
	{"another thread wakes", func(w *workload) bool { return len(w.wakes) > 0 }},
	{"timers", func(w *workload) bool { return len(w.timers) > 0 }},
	{"a timer is stopped", func(w *workload) bool {
		return slices.ContainsFunc(w.timers, func(t timerPlan) bool { return t.cancel })
	}},
}

// ends reports whether a peer ends like that.
func (w *workload) ends(e end) bool {
	return slices.ContainsFunc(w.peers, func(s script) bool { return s.end == e })
}

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
