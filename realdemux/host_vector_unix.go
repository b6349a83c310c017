//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import "reactortest/demux"

// WriteVector is writev(2) of the first demux.MaxVector buffers.
func (*host) WriteVector(h demux.Handle, bufs [][]byte) (int, error) {
	bufs = bufs[:min(len(bufs), demux.MaxVector)]
	for {
		n, err := writev(int(h), bufs)
		if err == nil {
			return n, nil
		}
		if err := failure("writev", errorNumber(err)); err != nil {
			return 0, err
		}
	}
}
