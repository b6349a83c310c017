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

// netPatches change package syscall, and the part of internal/poll that waits, so that
// the standard library's net works on descriptors from syscall.SimBase on, which
// syscall.Sim answers for. All other descriptors are the real kernel's. A change stays
// on its line.
func netPatches(goarch string) []patch {
	const (
		unix  = "syscall/syscall_unix.go"
		linux = "syscall/syscall_linux.go"
		wait  = "internal/poll/fd_poll_runtime.go"
	)
	calls := "syscall/zsyscall_linux_" + goarch + ".go"
	patches := []patch{
		hook(unix, "func Read(fd int, p []byte) (n int, err error)", "fd >= SimBase", "return Sim.Read(fd, p)"),
		hook(unix, "func Write(fd int, p []byte) (n int, err error)", "fd >= SimBase", "return Sim.Write(fd, p)"),
		hook(unix, "func Bind(fd int, sa Sockaddr) (err error)", "fd >= SimBase", "return Sim.Bind(fd, sa)"),
		hook(unix, "func Connect(fd int, sa Sockaddr) (err error)", "fd >= SimBase", "return Sim.Connect(fd, sa)"),
		hook(unix, "func Getpeername(fd int) (sa Sockaddr, err error)", "fd >= SimBase", "return Sim.Getpeername(fd)"),
		hook(unix, "func GetsockoptInt(fd, level, opt int) (value int, err error)", "fd >= SimBase", "return Sim.GetsockoptInt(fd, level, opt)"),
		hook(unix, "func SetsockoptInt(fd, level, opt int, value int) (err error)", "fd >= SimBase", "return Sim.SetsockoptInt(fd, level, opt, value)"),
		hook(unix, "func Socket(domain, typ, proto int) (fd int, err error)", "Sim.Active()", "return Sim.Socket(domain, typ, proto)"),
		hook(calls, "func Close(fd int) (err error)", "fd >= SimBase", "return Sim.Close(fd)"),
		hook(calls, "func Listen(s int, n int) (err error)", "s >= SimBase", "return Sim.Listen(s, n)"),
		hook(calls, "func Shutdown(fd int, how int) (err error)", "fd >= SimBase", "return Sim.Shutdown(fd, how)"),
		hook(linux, "func Accept4(fd int, flags int) (nfd int, sa Sockaddr, err error)", "fd >= SimBase", "return Sim.Accept4(fd, flags)"),
		hook(linux, "func Getsockname(fd int) (sa Sockaddr, err error)", "fd >= SimBase", "return Sim.Getsockname(fd)"),
		change(wait, "\truntimeCtx uintptr\n", "\truntimeCtx uintptr; sim bool\n"),
		change(wait, "\tserverInit.Do(runtime_pollServerInit)\n",
			"\tif fd.Sysfd >= syscall.SimBase { pd.runtimeCtx, pd.sim = syscall.Sim.PollOpen(fd.Sysfd), true; return nil }; serverInit.Do(runtime_pollServerInit)\n"),
		change(wait, "\truntime_pollWaitCanceled(pd.runtimeCtx, mode)\n",
			"\tif pd.sim { syscall.Sim.PollWait(pd.runtimeCtx, mode); return }; runtime_pollWaitCanceled(pd.runtimeCtx, mode)\n"),
		change(wait, "\truntime_pollSetDeadline(fd.pd.runtimeCtx, d, mode)\n",
			"\tif fd.pd.sim { syscall.Sim.PollDeadline(fd.pd.runtimeCtx, d, mode); return nil }; runtime_pollSetDeadline(fd.pd.runtimeCtx, d, mode)\n"),
		change("internal/poll/fd_mutex.go", "\t\t\truntime_Semacquire(", "\t\t\tsimSemacquire("),
		change("internal/poll/fd_unix.go", "\t\truntime_Semacquire(&fd.csema)", "\t\tsimSemacquire(&fd.csema)"),
	}
	for _, name := range []string{"Close", "Unblock"} {
		patches = append(patches, change(wait, "\truntime_poll"+name+"(pd.runtimeCtx)\n",
			"\tif pd.sim { syscall.Sim.Poll"+name+"(pd.runtimeCtx) } else { runtime_poll"+name+"(pd.runtimeCtx) }\n"))
	}
	for _, name := range []string{"Reset", "Wait"} {
		patches = append(patches, change(wait, "\tres := runtime_poll"+name+"(pd.runtimeCtx, mode)\n",
			"\tvar res int; if pd.sim { res = syscall.Sim.Poll"+name+"(pd.runtimeCtx, mode) } else { res = runtime_poll"+name+"(pd.runtimeCtx, mode) }\n"))
	}
	return patches
}

// change is a patch of one line.
func change(file, old, with string) patch {
	return patch{file: file, old: old, with: with, why: "which the simulation of net changes"}
}

// hook has a function begin with a question.
func hook(file, signature, condition, answer string) patch {
	return change(file, signature+" {\n", signature+" { if Sim != nil && "+condition+" { "+answer+" }\n")
}

// simCalls is what package syscall declares at the end.
const simCalls = `
// SimBase is the number of the first simulated descriptor.
const SimBase = 1 << 20

// Sim, if not nil, answers for simulated descriptors.
var Sim *SimCalls

// SimCalls are its calls.
type SimCalls struct {
	Active        func() bool
	Socket        func(domain, typ, proto int) (int, error)
	Read, Write   func(fd int, p []byte) (int, error)
	Bind, Connect func(fd int, sa Sockaddr) error
	Listen        func(fd, n int) error
	Shutdown      func(fd, how int) error
	Close         func(fd int) error
	Accept4       func(fd, flags int) (int, Sockaddr, error)
	Getsockname   func(fd int) (Sockaddr, error)
	Getpeername   func(fd int) (Sockaddr, error)
	GetsockoptInt func(fd, level, opt int) (int, error)
	SetsockoptInt func(fd, level, opt, value int) error
	Semacquire    func(s *uint32)
	PollOpen      func(fd int) uintptr
	PollClose     func(ctx uintptr)
	PollReset     func(ctx uintptr, mode int) int
	PollWait      func(ctx uintptr, mode int) int
	PollUnblock   func(ctx uintptr)
	PollDeadline  func(ctx uintptr, d int64, mode int)
}
`

// simSemacquire is what internal/poll declares at the end: it waits where the
// semaphore of the runtime would, which no simulated goroutine may.
const simSemacquire = `
func simSemacquire(s *uint32) {
	if syscall.Sim != nil && syscall.Sim.Active() {
		syscall.Sim.Semacquire(s)
		return
	}
	runtime_Semacquire(s)
}
`

// patchNet adds the files of the standard library that net is simulated by.
func patchNet(g *goCommand, files map[string][]byte) error {
	if g.set.GOOS != "linux" {
		return fmt.Errorf("-net is for linux, not for %s", g.set.GOOS)
	}
	for _, p := range netPatches(g.set.GOARCH) {
		if err := p.apply(g, files); err != nil {
			return err
		}
	}
	source := func(name string) string { return filepath.Join(g.set.GOROOT, "src", filepath.FromSlash(name)) }
	for name, text := range map[string]string{"syscall/syscall_unix.go": simCalls, "internal/poll/fd_poll_runtime.go": simSemacquire} {
		if strings.Contains(string(files[source(name)]), text) {
			return fmt.Errorf("%s was patched twice", name)
		}
		files[source(name)] = append(files[source(name)], text...)
	}
	return nil
}
