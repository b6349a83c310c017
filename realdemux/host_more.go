package realdemux

import "reactortest/demux"

// What the host has beyond demux.Host. Where a system has no such calls the methods return
// errors.ErrUnsupported.
var (
	_ demux.VectorHost    = host{}
	_ demux.StreamOptions = host{}
	_ demux.UnixHost      = host{}
	_ demux.DatagramHost  = host{}
	_ demux.SharedHost    = host{}
)
