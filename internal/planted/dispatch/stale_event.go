package dispatch

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// StaleEvent looks watches up by slot and does not compare the generation. When
// a handler closes a watch and opens another in the same batch, the new watch
// gets the event of the watch whose slot it took.
//
// Seen in libuv, which looked watchers up by descriptor (libuv #826), and in
// netpoll, which reused the record of a closed connection within the batch.
func StaleEvent(l *loop.Loop) {
	l.Parts.Table = &staleTable{Slots: &loop.Slots{}}
}

type staleTable struct{ *loop.Slots }

func (t *staleTable) Get(tok demux.Token) *loop.Watch { return t.List[uint32(tok)] }
