package watcher

import (
	"slices"
	"testing"

	"reactortest/proptest/internal/core"
)

func TestSimplerElements(t *testing.T) {
	for _, row := range []struct{ why, element, simpler string }{
		{"level is simpler than edge", "pair.edge.r", "pair.level.r"},
		{"a pair is simpler than a connection over TCP", "tcp.level.r", "pair.level.r"},
		{"less interest", "pair.level.rw", "pair.level.r"},
		{"a peer that does nothing", "pair.level.r,write.5", "pair.level.r,stays"},
		{"one write is simpler than many", "pair.level.r,flood.40,stays", "pair.level.r,write.40,stays"},
		{"a Close does less than a replacement", "timer.1ms,do.replace.2", "timer.1ms,do.close.2"},
		{"many watches have a mode", "watches.70.edge-oneshot", "watches.70.level"},
		{"a timer that nobody sets again", "settable.1ms", "timer.1ms"},
	} {
		elements, err := core.ParseElements(version+"+"+row.element, version)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range (suite{}).Simplify(elements[0]) {
			all = append(all, e.String())
			if _, err := parseWorkload(version + "+" + e.String()); err != nil {
				t.Errorf("%s: %q cannot be read: %v", row.why, e, err)
			}
		}
		if !slices.Contains(all, row.simpler) {
			t.Errorf("%s: of %q is simpler %q, and not %q", row.why, row.element, all, row.simpler)
		}
	}
}
