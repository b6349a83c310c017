//go:build linux

package syscall_test

import (
	"reflect"
	realsyscall "syscall"
	"testing"

	"reactortest/shim/internal/trial"
	"reactortest/shim/syscall"
)

// functions are those whose types are made of types that the shim leaves alone.
var functions = []struct {
	name       string
	shim, real any
}{
	{"Accept", syscall.Accept, realsyscall.Accept},
	{"Accept4", syscall.Accept4, realsyscall.Accept4},
	{"Bind", syscall.Bind, realsyscall.Bind},
	{"BindToDevice", syscall.BindToDevice, realsyscall.BindToDevice},
	{"Close", syscall.Close, realsyscall.Close},
	{"CloseOnExec", syscall.CloseOnExec, realsyscall.CloseOnExec},
	{"Connect", syscall.Connect, realsyscall.Connect},
	{"Dup", syscall.Dup, realsyscall.Dup},
	{"Dup3", syscall.Dup3, realsyscall.Dup3},
	{"EpollCreate", syscall.EpollCreate, realsyscall.EpollCreate},
	{"EpollCreate1", syscall.EpollCreate1, realsyscall.EpollCreate1},
	{"EpollCtl", syscall.EpollCtl, realsyscall.EpollCtl},
	{"EpollWait", syscall.EpollWait, realsyscall.EpollWait},
	{"Getpeername", syscall.Getpeername, realsyscall.Getpeername},
	{"Getrlimit", syscall.Getrlimit, realsyscall.Getrlimit},
	{"Getsockname", syscall.Getsockname, realsyscall.Getsockname},
	{"GetsockoptInet4Addr", syscall.GetsockoptInet4Addr, realsyscall.GetsockoptInet4Addr},
	{"GetsockoptInt", syscall.GetsockoptInt, realsyscall.GetsockoptInt},
	{"Listen", syscall.Listen, realsyscall.Listen},
	{"Open", syscall.Open, realsyscall.Open},
	{"Pipe", syscall.Pipe, realsyscall.Pipe},
	{"Pipe2", syscall.Pipe2, realsyscall.Pipe2},
	{"RawSyscall", syscall.RawSyscall, realsyscall.RawSyscall},
	{"RawSyscall6", syscall.RawSyscall6, realsyscall.RawSyscall6},
	{"Read", syscall.Read, realsyscall.Read},
	{"Recvfrom", syscall.Recvfrom, realsyscall.Recvfrom},
	{"Recvmsg", syscall.Recvmsg, realsyscall.Recvmsg},
	{"Seek", syscall.Seek, realsyscall.Seek},
	{"Sendfile", syscall.Sendfile, realsyscall.Sendfile},
	{"Sendmsg", syscall.Sendmsg, realsyscall.Sendmsg},
	{"SendmsgN", syscall.SendmsgN, realsyscall.SendmsgN},
	{"Sendto", syscall.Sendto, realsyscall.Sendto},
	{"SetNonblock", syscall.SetNonblock, realsyscall.SetNonblock},
	{"Setrlimit", syscall.Setrlimit, realsyscall.Setrlimit},
	{"SetsockoptByte", syscall.SetsockoptByte, realsyscall.SetsockoptByte},
	{"SetsockoptIPMreq", syscall.SetsockoptIPMreq, realsyscall.SetsockoptIPMreq},
	{"SetsockoptIPMreqn", syscall.SetsockoptIPMreqn, realsyscall.SetsockoptIPMreqn},
	{"SetsockoptIPv6Mreq", syscall.SetsockoptIPv6Mreq, realsyscall.SetsockoptIPv6Mreq},
	{"SetsockoptInet4Addr", syscall.SetsockoptInet4Addr, realsyscall.SetsockoptInet4Addr},
	{"SetsockoptInt", syscall.SetsockoptInt, realsyscall.SetsockoptInt},
	{"SetsockoptLinger", syscall.SetsockoptLinger, realsyscall.SetsockoptLinger},
	{"SetsockoptString", syscall.SetsockoptString, realsyscall.SetsockoptString},
	{"SetsockoptTimeval", syscall.SetsockoptTimeval, realsyscall.SetsockoptTimeval},
	{"Shutdown", syscall.Shutdown, realsyscall.Shutdown},
	{"Socket", syscall.Socket, realsyscall.Socket},
	{"Socketpair", syscall.Socketpair, realsyscall.Socketpair},
	{"Syscall", syscall.Syscall, realsyscall.Syscall},
	{"Syscall6", syscall.Syscall6, realsyscall.Syscall6},
	{"Unlink", syscall.Unlink, realsyscall.Unlink},
	{"Write", syscall.Write, realsyscall.Write},
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
