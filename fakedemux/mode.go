package fakedemux

// Access modes of open(2).
const (
	readOnly  = 0
	writeOnly = 1
	readWrite = 2
)

// accessMode is the access mode of an object: O_ACCMODE.
func accessMode(o object) int {
	switch o := o.(type) {
	case *pipeReader:
		return readOnly
	case *openFile:
		if o.v.kind == vnodeDirectory {
			return readOnly
		}
		return o.mode
	case *pipeWriter:
		return writeOnly
	default:
		return readWrite
	}
}

// canRead and canWrite say whether the mode of an object lets it be read or written.
// O_ACCMODE itself lets neither.
func canRead(o object) bool {
	mode := accessMode(o)
	return mode == readOnly || mode == readWrite
}

func canWrite(o object) bool {
	mode := accessMode(o)
	return mode == writeOnly || mode == readWrite
}
