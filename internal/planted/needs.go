package planted

import (
	"errors"
	"strings"

	"reactortest/demux"
)

// Needs is the set of kernel features that a subject needs and that not every
// kernel has. If one is missing, the subject returns errors.ErrUnsupported and is
// not judged.
type Needs uint8

const (
	// NeedsEdge is edge-triggered registrations; Traits.Edge.
	NeedsEdge Needs = 1 << iota
	// NeedsPipe is a pipe that a Demux can wait for; Host.Pipe.
	NeedsPipe
)

// String returns "edge-triggered registrations and a pipe", "nothing" for none.
func (n Needs) String() string {
	var words []string
	if n&NeedsEdge != 0 {
		words = append(words, "edge-triggered registrations")
	}
	if n&NeedsPipe != 0 {
		words = append(words, "a pipe")
	}
	if words == nil {
		return "nothing"
	}
	return strings.Join(words, " and ")
}

// Missing returns the features in n that host h does not have. It opens a demux or
// a pipe to find out, and closes it. It returns an error if that fails for another
// reason.
func (n Needs) Missing(h demux.Host) (Needs, error) {
	d, err := h.Open()
	if err != nil {
		return 0, err
	}
	missing := Needs(0)
	if !d.Traits().Edge {
		missing |= NeedsEdge
	}
	if err := d.Close(); err != nil {
		return 0, err
	}
	r, w, err := h.Pipe()
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		missing |= NeedsPipe
	case err != nil:
		return 0, err
	default:
		if err := errors.Join(h.Close(r), h.Close(w)); err != nil {
			return 0, err
		}
	}
	return n & missing, nil
}
