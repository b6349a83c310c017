package realdemux

import "reactortest/demux/iocp"

// IOCP returns the calls of Windows that the backend makes, for tests that hold
// a simulated kernel against them.
func IOCP() (iocp.Syscalls, error) {
	if err := startup(); err != nil {
		return nil, err
	}
	return windowsCalls{}, nil
}
