package rewire

import (
	"fmt"
	"path/filepath"
	"strings"
)

// What the overlay of -net is completed by: the shim that sets syscall.Sim. It compiles
// with the overlay alone, so its files have a build tag.
const (
	shimStandard = "std"
	netTag       = "reactortest_net"
)

// sourceOfNet reports whether a package stays the standard library's when that is
// simulated: net, and os, whose files net makes of its sockets.
func sourceOfNet(path string) bool { return path == "net" || path == "os" }

// netArchitectures have each call of a socket as a system call of its own.
var netArchitectures = map[string]bool{"amd64": true, "arm64": true}

// netPatches change the standard library so that net works on descriptors from
// syscall.SimBase on, which syscall.Sim answers for. All other descriptors are the real
// kernel's. A change stays on its line.
func netPatches(goarch string) []patch {
	patches := callPatches("syscall/zsyscall_linux_" + goarch + ".go")
	patches = append(patches, pollPatches()...)
	patches = append(patches, hostPatches()...)
	return append(patches, durablePatches()...)
}

// callPatches change the functions that make system calls. Whatever package syscall and
// the packages that link to it do with a descriptor is made of these.
func callPatches(calls string) []patch {
	bytes := func(name string) string { return "uintptr(unsafe.Pointer(unsafe.SliceData(" + name + ")))" }
	return []patch{
		call(calls, "func Close(fd int) (err error)", "fd", "CLOSE", "uintptr(fd)"),
		call(calls, "func Dup(oldfd int) (fd int, err error)", "oldfd", "DUP", "uintptr(oldfd)"),
		call(calls, "func fcntl(fd int, cmd int, arg int) (val int, err error)", "fd", "FCNTL", "uintptr(fd), uintptr(cmd), uintptr(arg)"),
		call(calls, "func read(fd int, p []byte) (n int, err error)", "fd", "READ", "uintptr(fd), "+bytes("p")+", uintptr(len(p))", "unsafe.SliceData(p)"),
		call(calls, "func write(fd int, p []byte) (n int, err error)", "fd", "WRITE", "uintptr(fd), "+bytes("p")+", uintptr(len(p))", "unsafe.SliceData(p)"),
		call(calls, "func Listen(s int, n int) (err error)", "s", "LISTEN", "uintptr(s), uintptr(n)"),
		call(calls, "func Shutdown(fd int, how int) (err error)", "fd", "SHUTDOWN", "uintptr(fd), uintptr(how)"),
		call(calls, "func accept4(s int, rsa *RawSockaddrAny, addrlen *_Socklen, flags int) (fd int, err error)", "s", "ACCEPT4",
			"uintptr(s), uintptr(unsafe.Pointer(rsa)), uintptr(unsafe.Pointer(addrlen)), uintptr(flags)", "rsa", "addrlen"),
		call(calls, "func bind(s int, addr unsafe.Pointer, addrlen _Socklen) (err error)", "s", "BIND", "uintptr(s), uintptr(addr), uintptr(addrlen)", "addr"),
		call(calls, "func connect(s int, addr unsafe.Pointer, addrlen _Socklen) (err error)", "s", "CONNECT", "uintptr(s), uintptr(addr), uintptr(addrlen)", "addr"),
		call(calls, "func getsockopt(s int, level int, name int, val unsafe.Pointer, vallen *_Socklen) (err error)", "s", "GETSOCKOPT",
			"uintptr(s), uintptr(level), uintptr(name), uintptr(val), uintptr(unsafe.Pointer(vallen))", "val", "vallen"),
		call(calls, "func setsockopt(s int, level int, name int, val unsafe.Pointer, vallen uintptr) (err error)", "s", "SETSOCKOPT",
			"uintptr(s), uintptr(level), uintptr(name), uintptr(val), vallen", "val"),
		call(calls, "func getpeername(fd int, rsa *RawSockaddrAny, addrlen *_Socklen) (err error)", "fd", "GETPEERNAME",
			"uintptr(fd), uintptr(unsafe.Pointer(rsa)), uintptr(unsafe.Pointer(addrlen))", "rsa", "addrlen"),
		call(calls, "func getsockname(fd int, rsa *RawSockaddrAny, addrlen *_Socklen) (err error)", "fd", "GETSOCKNAME",
			"uintptr(fd), uintptr(unsafe.Pointer(rsa)), uintptr(unsafe.Pointer(addrlen))", "rsa", "addrlen"),
		call(calls, "func recvfrom(fd int, p []byte, flags int, from *RawSockaddrAny, fromlen *_Socklen) (n int, err error)", "fd", "RECVFROM",
			"uintptr(fd), "+bytes("p")+", uintptr(len(p)), uintptr(flags), uintptr(unsafe.Pointer(from)), uintptr(unsafe.Pointer(fromlen))", "unsafe.SliceData(p)", "from", "fromlen"),
		call(calls, "func sendto(s int, buf []byte, flags int, to unsafe.Pointer, addrlen _Socklen) (err error)", "s", "SENDTO",
			"uintptr(s), "+bytes("buf")+", uintptr(len(buf)), uintptr(flags), uintptr(to), uintptr(addrlen)", "unsafe.SliceData(buf)", "to"),
		call(calls, "func recvmsg(s int, msg *Msghdr, flags int) (n int, err error)", "s", "RECVMSG", "uintptr(s), uintptr(unsafe.Pointer(msg)), uintptr(flags)", "msg"),
		call(calls, "func sendmsg(s int, msg *Msghdr, flags int) (n int, err error)", "s", "SENDMSG", "uintptr(s), uintptr(unsafe.Pointer(msg)), uintptr(flags)", "msg"),
		hook(calls, "func socket(domain int, typ int, proto int) (fd int, err error)", "Sim != nil && Sim.Active()",
			"return SimCall(SYS_SOCKET, [6]uintptr{uintptr(domain), uintptr(typ), uintptr(proto)})"),
		hook(calls, "func socketpair(domain int, typ int, proto int, fd *[2]int32) (err error)", "Sim != nil && Sim.Active()",
			"_, err = SimCall(SYS_SOCKETPAIR, [6]uintptr{uintptr(domain), uintptr(typ), uintptr(proto), uintptr(unsafe.Pointer(fd))}, unsafe.Pointer(fd)); return err"),
		// EINVAL makes net copy by read and write.
		hook(calls, "func sendfile(outfd int, infd int, offset *int64, count int) (written int, err error)", "outfd >= SimBase || infd >= SimBase", "return -1, EINVAL"),
		hook(calls, "func Splice(rfd int, roff *int64, wfd int, woff *int64, len int, flags int) (n int64, err error)", "rfd >= SimBase || wfd >= SimBase", "return -1, EINVAL"),
		hook("internal/syscall/unix/fcntl_unix.go", "func Fcntl(fd int, cmd int, arg int) (int, error)", "fd >= syscall.SimBase",
			"return syscall.SimCall(syscall.SYS_FCNTL, [6]uintptr{uintptr(fd), uintptr(cmd), uintptr(arg)})"),
		hook("internal/poll/fd_writev_unix.go", "func writev(fd int, iovecs []syscall.Iovec) (uintptr, error)", "fd >= syscall.SimBase",
			"n, err := syscall.SimCall(syscall.SYS_WRITEV, [6]uintptr{uintptr(fd), uintptr(unsafe.Pointer(&iovecs[0])), uintptr(len(iovecs))}, unsafe.Pointer(&iovecs[0])); return uintptr(n), err"),
	}
}

// pollPatches change how a goroutine waits for a descriptor.
func pollPatches() []patch {
	const file = "internal/poll/fd_poll_runtime.go"
	patches := []patch{
		change(file, "\truntimeCtx uintptr\n", "\truntimeCtx uintptr; sim bool\n"),
		change(file, "\tserverInit.Do(runtime_pollServerInit)\n",
			"\tif fd.Sysfd >= syscall.SimBase { pd.runtimeCtx, pd.sim = syscall.Sim.PollOpen(fd.Sysfd), true; return nil }; serverInit.Do(runtime_pollServerInit)\n"),
		change(file, "\truntime_pollWaitCanceled(pd.runtimeCtx, mode)\n",
			"\tif pd.sim { syscall.Sim.PollWait(pd.runtimeCtx, mode); return }; runtime_pollWaitCanceled(pd.runtimeCtx, mode)\n"),
		change(file, "\truntime_pollSetDeadline(fd.pd.runtimeCtx, d, mode)\n",
			"\tif fd.pd.sim { syscall.Sim.PollDeadline(fd.pd.runtimeCtx, d, mode); return nil }; runtime_pollSetDeadline(fd.pd.runtimeCtx, d, mode)\n"),
	}
	for _, name := range []string{"Close", "Unblock"} {
		patches = append(patches, change(file, "\truntime_poll"+name+"(pd.runtimeCtx)\n",
			"\tif pd.sim { syscall.Sim.Poll"+name+"(pd.runtimeCtx) } else { runtime_poll"+name+"(pd.runtimeCtx) }\n"))
	}
	for _, name := range []string{"Reset", "Wait"} {
		patches = append(patches, change(file, "\tres := runtime_poll"+name+"(pd.runtimeCtx, mode)\n",
			"\tvar res int; if pd.sim { res = syscall.Sim.Poll"+name+"(pd.runtimeCtx, mode) } else { res = runtime_poll"+name+"(pd.runtimeCtx, mode) }\n"))
	}
	return patches
}

// hostPatches change what net asks the host for, once in the life of a process, so that
// it is the same on every host and in every run.
func hostPatches() []patch {
	return []patch{
		hook("net/ipsock_posix.go", "func (p *ipStackCapabilities) probe()", "syscall.Sim != nil",
			"p.ipv4Enabled, p.ipv6Enabled, p.ipv4MappedIPv6Enabled = true, true, true; return"),
		hook("net/sock_linux.go", "func maxListenerBacklog() int", "syscall.Sim != nil", "return 4096"), // the default of Linux since 5.4
		hook("net/mptcpsock_linux.go", "func supportsMultipathTCP() bool", "syscall.Sim != nil", "return false"),
		change("net/unixsock_posix.go", "\t\t\tsyscall.Unlink(ln.path)\n",
			"\t\t\tif ln.fd.pfd.Sysfd >= syscall.SimBase { syscall.Sim.Unlink(ln.path) } else { syscall.Unlink(ln.path) }\n"),
	}
}

// durablePatches let a bubble become still while a goroutine waits for a lock. net/http
// closes listeners and connections with a lock held or in a sync.Once, and internal/poll
// waits for semaphores. The runtime leaves these waits out because somebody outside of
// the bubble may hold the lock; here that is somebody whose call has not returned.
//
// What depends on the clock of the machine or on chance becomes quiet. A lock that was
// waited for long is not handed over. A goroutine is preempted after a second, not after
// 10 ms, and with the race detector too, goroutines run in the order in which they became
// runnable: otherwise they would get locks in another order. A range over a map begins
// with its first entry, so a map of up to eight entries has the order of insertion.
func durablePatches() []patch {
	return []patch{
		change("runtime/runtime2.go", "\twaitReasonSyncCondWait:          true,\n",
			"\twaitReasonSyncCondWait:          true, waitReasonSyncMutexLock: true, waitReasonSyncRWMutexRLock: true, waitReasonSyncRWMutexLock: true, waitReasonSemacquire: true,\n"),
		change("internal/sync/mutex.go", "\tstarvationThresholdNs = 1e6\n", "\tstarvationThresholdNs = 1 << 62\n"),
		change("runtime/proc.go", "const forcePreemptNS = 10 * 1000 * 1000 // 10ms\n", "const forcePreemptNS = 1000 * 1000 * 1000\n"),
		change("runtime/proc.go", "const randomizeScheduler = raceenabled\n", "const randomizeScheduler = false\n"),
		change("internal/runtime/maps/table.go", "\tit.entryOffset = rand()\n", "\tit.entryOffset = 0\n"),
		change("internal/runtime/maps/table.go", "\tit.dirOffset = rand()\n", "\tit.dirOffset = 0\n"),
	}
}

// change is a patch of one line.
func change(file, old, with string) patch {
	return patch{file: file, old: old, with: with, why: "which the simulation of net changes"}
}

// hook has a function begin with a question.
func hook(file, signature, condition, answer string) patch {
	return change(file, signature+" {\n", signature+" { if "+condition+" { "+answer+" }\n")
}

// call has a function of package syscall ask for the descriptor fd. memory is what the
// arguments point to.
func call(file, signature, fd, trap, args string, memory ...string) patch {
	made := "SimCall(SYS_" + trap + ", [6]uintptr{" + args + "}"
	for _, m := range memory {
		made += ", unsafe.Pointer(" + m + ")"
	}
	answer := "return " + made + ")"
	if strings.HasSuffix(signature, ") (err error)") {
		answer = "_, err = " + made + "); return err"
	}
	return hook(file, signature, fd+" >= SimBase", answer)
}

// simCalls is what package syscall declares at the end.
const simCalls = `
// SimBase is the number of the first simulated descriptor.
const SimBase = 1 << 20

// Sim, if not nil, answers for simulated descriptors.
var Sim *SimCalls

// SimCalls are its calls.
type SimCalls struct {
	Active       func() bool // sockets that the calling goroutine makes are simulated
	Call         func(trap uintptr, a *[6]uintptr, memory []unsafe.Pointer) (uintptr, Errno)
	Unlink       func(path string) error
	PollOpen     func(fd int) uintptr
	PollClose    func(ctx uintptr)
	PollReset    func(ctx uintptr, mode int) int
	PollWait     func(ctx uintptr, mode int) int
	PollUnblock  func(ctx uintptr)
	PollDeadline func(ctx uintptr, d int64, mode int)
}

// SimCall makes a simulated call. memory is what arguments point to: it stays in its place.
func SimCall(trap uintptr, a [6]uintptr, memory ...unsafe.Pointer) (int, error) {
	if Sim == nil {
		return -1, EBADF
	}
	r, e := Sim.Call(trap, &a, memory)
	if e != 0 {
		return -1, errnoErr(e)
	}
	return int(r), nil
}
`

// patchNet adds the files of the standard library that net is simulated by.
func patchNet(g *goCommand, files map[string][]byte) error {
	if g.set.GOOS != "linux" || !netArchitectures[g.set.GOARCH] {
		return fmt.Errorf("-net is for linux/amd64 and linux/arm64, not for %s/%s", g.set.GOOS, g.set.GOARCH)
	}
	for _, p := range netPatches(g.set.GOARCH) {
		if err := p.apply(g, files); err != nil {
			return err
		}
	}
	const file = "syscall/syscall_unix.go"
	name := filepath.Join(g.set.GOROOT, "src", filepath.FromSlash(file))
	text, err := g.standard(name, files)
	if err != nil {
		return err
	}
	files[name] = append(text, simCalls...)
	return nil
}
