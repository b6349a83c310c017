package realdemux

import "reactortest/demux"

// What the host has beyond demux.Host. Where a system has no such calls the methods return
// errors.ErrUnsupported.
var (
	_ demux.VectorHost    = (*host)(nil)
	_ demux.StreamOptions = (*host)(nil)
	_ demux.UnixHost      = (*host)(nil)
	_ demux.DatagramHost  = (*host)(nil)
	_ demux.SharedHost    = (*host)(nil)
)
