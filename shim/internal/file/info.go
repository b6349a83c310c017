//go:build linux

package file

import (
	"io/fs"
	"path"
	"time"
)

// Info tells about a file of the simulation. Its times are zero, and everybody may do
// everything with it.
type Info struct {
	name string
	size int64
	mode fs.FileMode
}

// NewInfo tells about a file without a descriptor.
func NewInfo(name string, mode fs.FileMode) Info { return Info{name: name, mode: mode} }

// Name is fs.FileInfo.Name.
func (i Info) Name() string { return path.Base(i.name) }

// Size is fs.FileInfo.Size.
func (i Info) Size() int64 { return i.size }

// Mode is fs.FileInfo.Mode.
func (i Info) Mode() fs.FileMode { return i.mode | 0o777 }

// ModTime is fs.FileInfo.ModTime.
func (i Info) ModTime() time.Time { return time.Time{} }

// IsDir is fs.FileInfo.IsDir.
func (i Info) IsDir() bool { return i.mode.IsDir() }

// Sys is fs.FileInfo.Sys.
func (i Info) Sys() any { return nil }
