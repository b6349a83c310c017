package rewire

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

// harmless are functions of syscall and x/sys/unix that are passed through: they take
// no descriptor, and answer at once.
var harmless = strings.Fields(`
	Getpid Getppid Gettid Getuid Geteuid Getgid Getegid Getgroups Getpgid Getpgrp Getsid Getpagesize
	Getenv Setenv Unsetenv Clearenv Environ Getwd Getcwd Uname Sysinfo Getrusage Getrlimit Setrlimit Prlimit Umask
	Getpriority Setpriority SchedGetaffinity SchedSetaffinity SchedSetAttr SchedGetAttr Prctl PrctlRetInt
	Gettimeofday Time ClockGettime ClockGetres Times
	BytePtrFromString ByteSliceFromString BytePtrToString ByteSliceToString SlicePtrFromStrings StringBytePtr StringByteSlice
	ErrnoName SignalName SignalNum
	NsecToTimespec NsecToTimeval TimespecToNsec TimevalToNsec TimeToTimespec Major Minor Mkdev
	CmsgLen CmsgSpace ParseSocketControlMessage ParseOneSocketControlMessage ParseUnixRights UnixRights
	ParseUnixCredentials UnixCredentials ParseDirent ParseOrigDstAddr PktInfo4 PktInfo6
	Munmap Madvise Mprotect Mlock Munlock Mlockall Munlockall Msync
	Access Chdir Chmod Chown Lchown Link Symlink Readlink Lstat Stat Mkdir Mkfifo Rmdir Unlink Rename Truncate Utimes
	Exit Kill Tgkill Sync
`)

// descriptors are names of parameters that are descriptors.
var descriptors = []string{"fd", "s", "sock", "epfd", "oldfd", "newfd", "infd", "outfd", "rfd", "wfd", "dirfd", "olddirfd", "newdirfd", "fds"}

const opensSocket = "opens a socket of the real kernel and is not simulated"

// refusal says why a use must not reach the real kernel, "" if it may.
func refusal(object types.Object) string {
	name := object.Name()
	switch object.Pkg().Path() {
	case "syscall", "golang.org/x/sys/unix":
		f, ok := object.(*types.Func)
		if !ok || slices.Contains(harmless, name) {
			return ""
		}
		return refusedCall(f)
	case "net":
		if _, isFunc := object.(*types.Func); !isFunc {
			return ""
		}
		for _, prefix := range []string{"Listen", "Dial", "File"} {
			if strings.HasPrefix(name, prefix) {
				return opensSocket
			}
		}
	case "os":
		switch name {
		case "NewFile":
			return "takes a descriptor and is not simulated: it would close a number of the real kernel"
		case "Pipe":
			return "opens a pipe of the real kernel and is not simulated"
		}
	}
	return ""
}

// refusedCall says why a function of syscall or x/sys/unix is refused.
func refusedCall(f *types.Func) string {
	if isRawCall(f.Name()) {
		return "makes a raw system call and is not simulated"
	}
	params := f.Signature().Params()
	for i := range params.Len() {
		if slices.Contains(descriptors, strings.ToLower(params.At(i).Name())) {
			return "takes a descriptor and is not simulated"
		}
	}
	return "makes a system call and is not simulated"
}

// told reports whether a use that stays is in the report: functions that leave the
// program.
func told(object types.Object) bool {
	if _, ok := object.(*types.Func); !ok {
		return false
	}
	switch object.Pkg().Path() {
	case "syscall", "golang.org/x/sys/unix":
		return true
	case "net":
		return strings.HasPrefix(object.Name(), "Lookup") || strings.HasPrefix(object.Name(), "Interface")
	case "math/rand", "math/rand/v2":
		return !strings.HasPrefix(object.Name(), "New")
	}
	return false
}

// RefusedError lists everything in a module that must not be rewired, because it
// would reach the real kernel.
type RefusedError struct {
	Calls []Refused // sorted by place
}

// Refused is one use that is refused.
type Refused struct {
	Note
	Why string
}

// maxRefused is how many of them an error shows.
const maxRefused = 50

// Error lists them.
func (e *RefusedError) Error() string {
	var b strings.Builder
	b.WriteString("the module makes calls that would reach the real kernel:")
	for i, c := range e.Calls {
		if i == maxRefused {
			fmt.Fprintf(&b, "\n\t... and %d more", len(e.Calls)-i)
			break
		}
		fmt.Fprintf(&b, "\n\t%s: %s: %s", c.At, c.Text, c.Why)
	}
	b.WriteString("\nIf a call is never made in a test, pass its name through: -pass NAME")
	return b.String()
}
