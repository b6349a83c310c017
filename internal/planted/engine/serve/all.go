package serve

import "reactortest/demux"

// Architecture is a way to build an engine.
type Architecture struct {
	Name string
	New  func(h demux.Host) *Engine
	// Needs reports whether a demultiplexer has what the architecture needs.
	Needs func(d demux.Demux) bool
}

// Architectures are the ways to build an engine that this package has.
var Architectures = []Architecture{
	{"blocking", Blocking, level},
	{"level", Level, level},
	{"edge", Edge, func(d demux.Demux) bool { return d.Traits().Edge }},
	{"handover", Handover, level},
	{"completion", Completion, func(d demux.Demux) bool { _, ok := d.(demux.Completer); return ok }},
	{"pool", Pool, func(d demux.Demux) bool { return d.Traits().Oneshot }},
}

func level(d demux.Demux) bool { return d.Traits().Level }
