package dispatch

import (
	"cmp"
	"slices"

	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// OneEventABatch dispatches one level-triggered event of a batch, that of the
// lowest slot, and leaves the others to be reported again. A busy low slot
// starves the watches above it.
//
// Seen in this form nowhere. Redis starved its write handlers in a similar way:
// it skipped them whenever the read handler had run (commits 548e478e4 and
// 956350ef8).
func OneEventABatch(l *loop.Loop) {
	l.Parts.Order = func(batch []demux.Event) []demux.Event {
		slices.SortFunc(batch, func(a, b demux.Event) int { return cmp.Compare(uint32(a.Token), uint32(b.Token)) })
		kept := batch[:min(1, len(batch))]
		for _, ev := range batch[len(kept):] {
			if w := l.Parts.Table.Get(ev.Token); w != nil && w.Mode != demux.Level {
				kept = append(kept, ev) // it would not be reported again
			}
		}
		return kept
	}
}
