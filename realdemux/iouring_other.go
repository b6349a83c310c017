//go:build !linux && !windows

package realdemux

import (
	"errors"

	"reactortest/demux"
)

// OpenCompleter returns errors.ErrUnsupported: this system has no demultiplexer
// that also carries out operations.
func OpenCompleter() (demux.Completer, error) { return nil, errors.ErrUnsupported }
