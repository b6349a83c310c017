//go:build linux

package unix_test

import (
	"reflect"
	"testing"

	realunix "golang.org/x/sys/unix"

	"reactortest/shim/internal/trial"
	"reactortest/shim/unix"
)

// functions are those whose types are made of types that the shim leaves alone.
var functions = []struct {
	name       string
	shim, real any
}{
	{"Accept", unix.Accept, realunix.Accept},
	{"Accept4", unix.Accept4, realunix.Accept4},
	{"Bind", unix.Bind, realunix.Bind},
	{"BindToDevice", unix.BindToDevice, realunix.BindToDevice},
	{"ClockGettime", unix.ClockGettime, realunix.ClockGettime},
	{"Close", unix.Close, realunix.Close},
	{"CloseOnExec", unix.CloseOnExec, realunix.CloseOnExec},
	{"Connect", unix.Connect, realunix.Connect},
	{"Dup", unix.Dup, realunix.Dup},
	{"Dup3", unix.Dup3, realunix.Dup3},
	{"EpollCreate", unix.EpollCreate, realunix.EpollCreate},
	{"EpollCreate1", unix.EpollCreate1, realunix.EpollCreate1},
	{"EpollCtl", unix.EpollCtl, realunix.EpollCtl},
	{"EpollWait", unix.EpollWait, realunix.EpollWait},
	{"Eventfd", unix.Eventfd, realunix.Eventfd},
	{"FcntlInt", unix.FcntlInt, realunix.FcntlInt},
	{"Getpeername", unix.Getpeername, realunix.Getpeername},
	{"Getrlimit", unix.Getrlimit, realunix.Getrlimit},
	{"Getsockname", unix.Getsockname, realunix.Getsockname},
	{"GetsockoptInet4Addr", unix.GetsockoptInet4Addr, realunix.GetsockoptInet4Addr},
	{"GetsockoptInt", unix.GetsockoptInt, realunix.GetsockoptInt},
	{"GetsockoptLinger", unix.GetsockoptLinger, realunix.GetsockoptLinger},
	{"IoctlGetInt", unix.IoctlGetInt, realunix.IoctlGetInt},
	{"IoctlSetPointerInt", unix.IoctlSetPointerInt, realunix.IoctlSetPointerInt},
	{"Listen", unix.Listen, realunix.Listen},
	{"MemfdCreate", unix.MemfdCreate, realunix.MemfdCreate},
	{"Open", unix.Open, realunix.Open},
	{"Pipe", unix.Pipe, realunix.Pipe},
	{"Pipe2", unix.Pipe2, realunix.Pipe2},
	{"Poll", unix.Poll, realunix.Poll},
	{"Ppoll", unix.Ppoll, realunix.Ppoll},
	{"RawSyscall", unix.RawSyscall, realunix.RawSyscall},
	{"RawSyscall6", unix.RawSyscall6, realunix.RawSyscall6},
	{"Read", unix.Read, realunix.Read},
	{"Readv", unix.Readv, realunix.Readv},
	{"Recvfrom", unix.Recvfrom, realunix.Recvfrom},
	{"Recvmsg", unix.Recvmsg, realunix.Recvmsg},
	{"RecvmsgBuffers", unix.RecvmsgBuffers, realunix.RecvmsgBuffers},
	{"SchedSetaffinity", unix.SchedSetaffinity, realunix.SchedSetaffinity},
	{"Seek", unix.Seek, realunix.Seek},
	{"Send", unix.Send, realunix.Send},
	{"Sendfile", unix.Sendfile, realunix.Sendfile},
	{"Sendmsg", unix.Sendmsg, realunix.Sendmsg},
	{"SendmsgBuffers", unix.SendmsgBuffers, realunix.SendmsgBuffers},
	{"SendmsgN", unix.SendmsgN, realunix.SendmsgN},
	{"Sendto", unix.Sendto, realunix.Sendto},
	{"SetNonblock", unix.SetNonblock, realunix.SetNonblock},
	{"Setrlimit", unix.Setrlimit, realunix.Setrlimit},
	{"SetsockoptByte", unix.SetsockoptByte, realunix.SetsockoptByte},
	{"SetsockoptIPMreq", unix.SetsockoptIPMreq, realunix.SetsockoptIPMreq},
	{"SetsockoptIPMreqn", unix.SetsockoptIPMreqn, realunix.SetsockoptIPMreqn},
	{"SetsockoptIPv6Mreq", unix.SetsockoptIPv6Mreq, realunix.SetsockoptIPv6Mreq},
	{"SetsockoptInet4Addr", unix.SetsockoptInet4Addr, realunix.SetsockoptInet4Addr},
	{"SetsockoptInt", unix.SetsockoptInt, realunix.SetsockoptInt},
	{"SetsockoptLinger", unix.SetsockoptLinger, realunix.SetsockoptLinger},
	{"SetsockoptString", unix.SetsockoptString, realunix.SetsockoptString},
	{"SetsockoptTimeval", unix.SetsockoptTimeval, realunix.SetsockoptTimeval},
	{"SetsockoptUint64", unix.SetsockoptUint64, realunix.SetsockoptUint64},
	{"Shutdown", unix.Shutdown, realunix.Shutdown},
	{"Socket", unix.Socket, realunix.Socket},
	{"Socketpair", unix.Socketpair, realunix.Socketpair},
	{"Syscall", unix.Syscall, realunix.Syscall},
	{"Syscall6", unix.Syscall6, realunix.Syscall6},
	{"TimerfdCreate", unix.TimerfdCreate, realunix.TimerfdCreate},
	{"TimerfdGettime", unix.TimerfdGettime, realunix.TimerfdGettime},
	{"TimerfdSettime", unix.TimerfdSettime, realunix.TimerfdSettime},
	{"Unlink", unix.Unlink, realunix.Unlink},
	{"Write", unix.Write, realunix.Write},
	{"Writev", unix.Writev, realunix.Writev},
}

// TestSignatures compares the types of all functions: code that calls one compiles with
// the other.
func TestSignatures(t *testing.T) {
	known := map[string]bool{}
	for _, f := range functions {
		if got, want := reflect.TypeOf(f.shim), reflect.TypeOf(f.real); got != want {
			t.Errorf("%s is a %v, want %v", f.name, got, want)
		}
		known[f.name] = true
	}
	for _, name := range trial.Functions(t) {
		if !known[name] {
			t.Errorf("%s is not compared", name)
		}
	}
}
