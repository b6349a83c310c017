package frame

import (
	"errors"
	"fmt"

	"reactortest/demux"
)

var (
	errReading = fmt.Errorf("a second read in flight: %w", errors.ErrUnsupported)
	errWriting = fmt.Errorf("a second write in flight: %w", errors.ErrUnsupported)
)

// Directions are the two directions of a stream: whether there is a read in
// flight, and whether there is a write (O4). Backends that do not order reads
// have one for each handle; the zero value has nothing in flight. One goroutine
// at a time may use it.
type Directions struct {
	reading, writing bool
}

// Check returns errors.ErrUnsupported if op would be the second in its direction.
func (d *Directions) Check(op *demux.Op) error {
	switch {
	case op.Kind == demux.OpRead && d.reading:
		return errReading
	case op.Kind == demux.OpWrite && d.writing:
		return errWriting
	default:
		return nil
	}
}

// Occupy says that op is in flight, or that it is not any more.
func (d *Directions) Occupy(op *demux.Op, inFlight bool) {
	switch op.Kind {
	case demux.OpRead:
		d.reading = inFlight
	case demux.OpWrite:
		d.writing = inFlight
	case demux.OpAccept, demux.OpConnect:
	}
}
