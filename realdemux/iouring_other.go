//go:build !linux && !windows

package realdemux

import (
	"errors"

	"reactortest/demux"
)

// OpenCompleter makes a demultiplexer that also carries out operations. This
// system has none: it returns errors.ErrUnsupported.
func OpenCompleter() (demux.Completer, error) { return nil, errors.ErrUnsupported }
