package demux

import (
	"errors"
	"fmt"
	"os"
)

// The sentinels. Each has one meaning; compare with errors.Is.
var (
	// ErrAgain means that a Read, Write or Accept would block.
	ErrAgain = errors.New("operation would block")
	// ErrExists means that the handle is already registered.
	ErrExists = errors.New("handle is already registered")
	// ErrNotFound means that the handle is not registered, or that the
	// operation is not in flight.
	ErrNotFound = errors.New("not found")
	// ErrClosed means that the demux is closed.
	ErrClosed = errors.New("demultiplexer is closed")
	// ErrCanceled is the result of an operation that a Cancel ended.
	ErrCanceled = errors.New("operation canceled")
	// ErrAttached means that the handle belongs to another demux for the
	// handle's life.
	ErrAttached = errors.New("handle is attached to another demultiplexer")
)

var errUnsupportedMode = fmt.Errorf("mode: %w", errors.ErrUnsupported)

// SyscallError wraps err with the name of the call that returned it, as
// os.NewSyscallError does, for packages that may not import os. It returns
// nil if err is nil.
func SyscallError(call string, err error) error {
	return os.NewSyscallError(call, err)
}
