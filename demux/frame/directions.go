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

// Directions records whether a read and whether a write is in flight on a stream
// (O4). Backends that do not order reads keep a Directions for each handle. The
// zero value has nothing in flight. One goroutine at a time may use it.
type Directions struct {
	reading, writing bool
}

// Check returns errors.ErrUnsupported if op would be the second operation in its
// direction.
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

// Occupy records that op is in flight, or that it no longer is.
func (d *Directions) Occupy(op *demux.Op, inFlight bool) {
	switch op.Kind {
	case demux.OpRead:
		d.reading = inFlight
	case demux.OpWrite:
		d.writing = inFlight
	case demux.OpAccept, demux.OpConnect:
	}
}
