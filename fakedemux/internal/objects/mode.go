package objects

import "reactortest/fakedemux/internal/machine"

// Access modes of open(2).
const (
	ReadOnly  = 0
	writeOnly = 1
	readWrite = 2
)

// AccessMode is the access mode of an object: O_ACCMODE.
func AccessMode(o machine.Object) int {
	switch o := o.(type) {
	case *PipeReader:
		return ReadOnly
	case *OpenFile:
		if o.V.Kind == VnodeDirectory {
			return ReadOnly
		}
		return o.Mode
	case *PipeWriter:
		return writeOnly
	default:
		return readWrite
	}
}

// CanRead and CanWrite say whether the mode of an object lets it be read or written.
// O_ACCMODE itself lets neither.
func CanRead(o machine.Object) bool {
	mode := AccessMode(o)
	return mode == ReadOnly || mode == readWrite
}

// CanWrite reports whether the mode of an object lets it be written.
func CanWrite(o machine.Object) bool {
	mode := AccessMode(o)
	return mode == writeOnly || mode == readWrite
}
