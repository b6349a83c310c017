package planted

import (
	"errors"
	"strings"

	"reactortest/demux"
)

// Needs is a set of what a subject is built on that not every kernel has. Where
// something of it is missing the subject does not run: it says so with
// errors.ErrUnsupported, and is judged by no rule.
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

// Missing returns what of n host h does not have. It opens what it asks about,
// and closes it. An error says that the host could not be asked.
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
