package realdemux

import "reactortest/demux/iocp"

// IOCP returns the Windows calls that the backend and programs with completion ports
// make, for tests that compare a simulated kernel with them.
func IOCP() (iocp.Winsock, error) {
	if err := startup(); err != nil {
		return nil, err
	}
	return windowsCalls{}, nil
}
