package demuxsuite

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

const (
	quiet    = 20 * time.Millisecond // how long a case listens for what must not come
	tick     = time.Millisecond      // between two looks at what another task does
	tries    = 16                    // of a call that a lack of resources may end, or an ErrAgain for no reason
	maxEmpty = 100                   // Waits in a row that return nothing before their time
	marker   = "x"                   // what is written where the data does not matter
)

// checker is one run of one case. The task that runs the case uses it; fail,
// failRule and note may be called by any.
type checker struct {
	host      demux.Host // without interrupted calls
	bare      demux.Host // as it was given
	simulated bool       // the host runs tasks itself, and time is virtual
	rule      string     // the rule that the case is about
	patience  time.Duration
	control   demux.Demux // to pass time with: a demux of its own that watches nothing
	network   bool        // a connection may be reset, see connections
	also      []string    // rules that the case has judged beside its own

	told func(f violation) // is told of each violation; nil: it is only kept

	mu    sync.Mutex // guards found; held over no call of the host
	found caseResult

	handles []demux.Handle
	demuxes []demux.Demux
	tasks   []*caseTask
}

// caseTask is a task that a case has started.
type caseTask struct {
	name string
	done atomic.Bool
}

// abortCase is panicked with to end a case or a task of one.
type abortCase struct{}

func newChecker(host demux.Host, rule string, patience time.Duration) *checker {
	if host == nil {
		panic("demuxsuite: newHost returned nil: it makes the host whose Open is under test")
	}
	_, simulated := host.(interface{ Run(main func()) error })
	return &checker{host: steadyHost{core.All{Host: host}}, bare: host, simulated: simulated, rule: rule, patience: patience}
}

// main runs a case and cleans up after it.
func (c *checker) main(run func(*checker)) {
	defer c.cleanUp()
	c.guard(func() {
		c.control = c.timer()
		run(c)
	})
}

// guard runs f, and turns a panic that is not the suite's own into a failure. A
// simulated host tells itself of a task that has left by runtime.Goexit.
func (c *checker) guard(f func()) {
	returned := c.simulated
	defer func() {
		switch r := recover().(type) {
		case abortCase:
		case nil:
			if !returned {
				c.add(violation{rule: c.rule, text: errGoexit.Error() + panicStack(debug.Stack())})
			}
		default:
			c.add(violation{rule: c.rule, text: fmt.Sprintf("panic: %v%s", r, panicStack(debug.Stack()))})
		}
	}()
	f()
	returned = true
}

// cleanUp ends what the case left: the demuxes first, which ends the tasks
// that wait in them.
func (c *checker) cleanUp() {
	for _, d := range c.demuxes {
		c.guard(func() { _ = d.Close() })
	}
	for _, task := range c.tasks {
		c.guard(func() {
			if !c.await(task.done.Load) {
				c.fail("after Close of every demux task %s has not ended", task.name)
			}
		})
	}
	c.guard(func() {
		if c.control != nil {
			_ = c.control.Close()
		}
	})
	for _, h := range c.handles {
		_ = c.host.Close(h)
	}
}

// add notes a violation, if it is one of the first and not of the same place as
// another.
func (c *checker) add(f violation) {
	f.text = shorten(f.text)
	if c.told != nil {
		c.told(f)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	again := slices.ContainsFunc(c.found.failures, func(g violation) bool { return g.rule == f.rule && g.at == f.at && f.at != "" })
	if again || len(c.found.failures) == maxViolations {
		c.found.more++
		return
	}
	c.found.failures = append(c.found.failures, f)
}

// broken reports whether a violation was found.
func (c *checker) broken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.found.failures) > 0
}

func (c *checker) result() caseResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.found
	r.failures, r.notes = slices.Clone(r.failures), slices.Clone(r.notes)
	return r
}

// failRule says that rule is violated.
func (c *checker) failRule(rule, format string, args ...any) {
	c.add(violation{rule: rule, text: fmt.Sprintf(format, args...), at: suitePlace()})
}

// fail says that the rule of the case is violated.
func (c *checker) fail(format string, args ...any) {
	c.failRule(c.rule, format, args...)
}

// fatal is fail, and ends the case.
func (c *checker) fatal(format string, args ...any) {
	c.failRule(c.rule, format, args...)
	panic(abortCase{})
}

// skip ends a case that cannot be run here.
func (c *checker) skip(format string, args ...any) {
	c.mu.Lock()
	c.found.skipped = fmt.Sprintf(format, args...)
	c.mu.Unlock()
	panic(abortCase{})
}

// note says something that is no failure.
func (c *checker) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.found.notes) < maxNotes {
		c.found.notes = append(c.found.notes, shorten(fmt.Sprintf(format, args...)))
	}
}

// suitePlace returns the innermost line of a case on the stack.
func suitePlace() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		file := filepath.Base(frame.File)
		if strings.HasPrefix(file, "cases_") {
			return fmt.Sprintf("%s:%d", file, frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// start runs f in a task. Tasks that are left at the end of the case must end
// when its demuxes are closed.
func (c *checker) start(name string, f func()) *caseTask {
	task := &caseTask{name: name}
	c.tasks = append(c.tasks, task)
	c.host.Go(name, func() {
		defer task.done.Store(true)
		c.guard(f)
	})
	return task
}

// join waits until task has ended.
func (c *checker) join(task *caseTask) {
	if !c.await(task.done.Load) {
		c.fatal("task %s has not ended after %v", task.name, c.patience)
	}
}

// await waits until cond holds, and reports whether it came to that.
func (c *checker) await(cond func() bool) bool {
	deadline := c.host.Now() + c.patience
	for !cond() {
		if c.control == nil || c.host.Now() >= deadline {
			return false
		}
		c.passTime(tick)
	}
	return true
}

// passTime lets the task of the case pass time.
func (c *checker) passTime(d time.Duration) {
	var dst [1]demux.Event
	deadline := c.host.Now() + d
	for range maxEmpty {
		left := deadline - c.host.Now()
		if left <= 0 {
			return
		}
		n, err := c.control.Wait(dst[:], left)
		if n != 0 || err != nil {
			c.failRule("W1", "a demux that watches nothing: Wait(1, %v) returned %d, %v", left, n, err)
			panic(abortCase{})
		}
	}
	c.failRule("W1", "a demux that watches nothing: %d Waits in a row returned nothing before their timeout", maxEmpty)
	panic(abortCase{})
}

// pause lets a task other than the case's pass time.
func (c *checker) pause(d time.Duration) {
	timer := c.timer()
	var dst [1]demux.Event
	_, _ = timer.Wait(dst[:], d)
	_ = timer.Close()
}

// try makes a call that is to succeed.
func (c *checker) try(call string, f func() error) {
	if err := again(f); err != nil {
		c.fatal("%s: %v", call, err)
	}
}

// again makes a call, and makes it again if it fails for a lack of resources,
// as one may on a host with faults.
func again(f func() error) error {
	var err error
	for range tries {
		err = f()
		if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) &&
			!errors.Is(err, syscall.ENOMEM) && !errors.Is(err, syscall.ENOSPC) {
			break
		}
	}
	return err
}

// acquire is try, and skips the case where the host does not have what it
// asks for.
func (c *checker) acquire(call string, f func() error) {
	c.try(call, func() error {
		err := f()
		if errors.Is(err, errors.ErrUnsupported) {
			c.skip("%s: %v", call, err)
		}
		return err
	})
}

// bareDemux makes a demux of the kind under test.
func (c *checker) bareDemux() demux.Demux { return c.openOn(c.host) }

// timer makes one to pass time with. No history tells of its calls.
func (c *checker) timer() demux.Demux { return c.openOn(c.bare) }

func (c *checker) openOn(host demux.Host) (d demux.Demux) {
	c.acquire("Open", func() (err error) {
		d, err = host.Open()
		return err
	})
	if d == nil {
		c.fatal("Open returned no demux and no error")
	}
	return d
}

// open is bareDemux, and CheckContract watches the demux.
func (c *checker) open() demux.Demux {
	d := CheckContract(c.bareDemux(), func(rule, msg string) { c.failRule(rule, "%s", msg) })
	c.demuxes = append(c.demuxes, d)
	return d
}

// pair makes two connected streams.
func (c *checker) pair() (a, b demux.Handle) {
	c.acquire("Pair", func() (err error) {
		a, b, err = c.host.Pair()
		return err
	})
	c.handles = append(c.handles, a, b)
	return a, b
}

// pipe makes a one-way stream.
func (c *checker) pipe() (r, w demux.Handle) {
	c.acquire("Pipe", func() (err error) {
		r, w, err = c.host.Pipe()
		return err
	})
	c.handles = append(c.handles, r, w)
	return r, w
}

// listener makes a listener, and skips the case where the host has none.
func (c *checker) listener() (l demux.Handle, at netip.AddrPort) {
	err := again(func() (err error) {
		l, at, err = c.host.Listen("127.0.0.1:0", 4)
		return err
	})
	if err != nil {
		c.skip("Listen: %v", err)
	}
	return l, at
}

// dup makes a second name of h.
func (c *checker) dup(h demux.Handle) (second demux.Handle) {
	c.acquire("Dup", func() (err error) {
		second, err = c.host.Dup(h)
		return err
	})
	c.handles = append(c.handles, second)
	return second
}

// close closes a handle that pair or another call of the check has made.
func (c *checker) close(h demux.Handle) {
	for i := range c.handles {
		if c.handles[i] == h {
			c.handles = append(c.handles[:i], c.handles[i+1:]...)
			break
		}
	}
	if err := c.host.Close(h); err != nil {
		c.fatal("Close(%d): %v", h, err)
	}
}

// write writes s to h.
func (c *checker) write(h demux.Handle, s string) {
	for deadline := c.host.Now() + c.patience; s != ""; {
		n, err := c.host.Write(h, []byte(s))
		s = s[n:]
		if err != nil && (!errors.Is(err, demux.ErrAgain) || c.host.Now() >= deadline) {
			c.lost(err)
			c.fatal("Write(%d): %v", h, err)
		}
	}
}

// receive reads want from h, as it comes.
func (c *checker) receive(h demux.Handle, want string) {
	all := ""
	for deadline := c.host.Now() + c.patience; len(all) < len(want); {
		part, err := c.drain(h)
		all += part
		if len(all) < len(want) && (!errors.Is(err, demux.ErrAgain) || c.host.Now() >= deadline) {
			c.fatal("Read(%d): got %q and %v, want %q", h, all, err, want)
		}
		if len(all) < len(want) {
			c.passTime(tick)
		}
	}
	if all != want {
		c.fatal("Read(%d): got %q, want %q", h, all, want)
	}
}

// drain reads from h until ErrAgain, the end or an error, which it returns,
// and the bytes that came. POSIX allows an ErrAgain for no reason: one counts
// when it comes tries times in a row.
func (c *checker) drain(h demux.Handle) (string, error) {
	var all []byte
	buf := make([]byte, 4096)
	for refused := 0; ; {
		n, err := c.host.Read(h, buf)
		all = append(all, buf[:n]...)
		switch {
		case err == nil && n == 0:
			return string(all), io.ErrNoProgress
		case err == nil:
			refused = 0
		case !errors.Is(err, demux.ErrAgain):
			return string(all), err
		default:
			if refused++; refused == tries {
				return string(all), err
			}
		}
	}
}

// capacity returns how much is written to a stream that nobody reads until
// nothing more fits.
func (c *checker) capacity() int {
	a, b := c.pair()
	n := c.fill(a)
	c.close(a)
	c.close(b)
	return n
}

// fill writes to h until nothing more fits, and returns how much that was.
func (c *checker) fill(h demux.Handle) (total int) {
	buf := make([]byte, 64<<10)
	for refused := 0; refused < tries; {
		n, err := c.host.Write(h, buf)
		total += n
		switch {
		case err == nil:
			refused = 0
		case errors.Is(err, demux.ErrAgain):
			refused++
		default:
			c.fatal("Write(%d): %v", h, err)
		}
	}
	return total
}
