package story

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/eventloop"
	"reactortest/fakedemux"
	"reactortest/internal/golden"
	"reactortest/scheduler"
)

// Limits of a play.
const (
	maxBytes      = 1 << 20 // of one write, and other numbers in commands
	maxIterations = 1000    // of one command
	maxOutput     = 1 << 20 // bytes
)

// Machine is the kernel on which a story is played: a *fakedemux.Kernel, or the
// running kernel.
type Machine interface {
	demux.Host
	// Epoll returns the kernel's own calls.
	Epoll() epoll.Syscalls
	// File makes a regular file.
	File() (demux.Handle, error)
}

var _ Machine = (*fakedemux.Kernel)(nil)

// Play plays s on a simulated kernel that speaks dialect and returns the output. An
// error means that the script cannot be played; it is a *golden.Error if it is
// about a line. Play then returns the output so far too. A deadlock is not such an
// error: it is part of the output.
func Play(s *golden.Script, dialect string) (output string, err error) {
	if !slices.Contains(fakedemux.Dialects(), dialect) {
		return "", fmt.Errorf("story: there is no dialect %q", dialect)
	}
	commands, u, err := prepare(s)
	if err != nil {
		return "", err
	}
	strategy, err := u.strategy(s)
	if err != nil {
		return "", err
	}
	u.options.Dialect = dialect
	k := fakedemux.New(&u.options)
	strategy.Begin(0)
	k.Reset(strategy)
	defer k.Stop()
	p := newPlayer(k, s)
	p.kernel = k
	ended := k.Run(func() { p.play(commands) })
	strategy.End(scheduler.Result{})
	if err := p.finish(ended); err != nil {
		return p.out.String(), err
	}
	deviations, err := u.checkDecisions(k.Recorder().Decisions())
	if err != nil {
		return p.out.String(), s.Errorf(1, "%v", err)
	}
	if replay, ok := strategy.(*scheduler.Replay); ok && replay.Err() != nil {
		return p.out.String(), s.Errorf(1, "%v", replay.Err())
	}
	for i, d := range deviations {
		if i == 0 {
			p.out.WriteString("kernel order except:")
		}
		p.out.WriteString(" " + d.String())
		if i == len(deviations)-1 {
			p.out.WriteString("\n")
		}
	}
	return p.out.String(), nil
}

// Real reports whether s says that the running kernel gives the same output.
func Real(s *golden.Script) bool {
	_, u, err := prepare(s)
	return err == nil && u.real
}

// PlayOn plays s on m, with calls of the calling goroutine only. It refuses
// commands that need tasks or virtual time. It closes the loop of the story and
// leaves other handles open.
func PlayOn(m Machine, s *golden.Script) (output string, err error) {
	commands, _, err := prepare(s)
	if err != nil {
		return "", err
	}
	p := newPlayer(m, s)
	p.play(commands)
	if p.loop != nil {
		_ = p.loop.Close() // ErrClosed if the story closed it
	}
	return p.out.String(), p.err
}

func prepare(s *golden.Script) ([]*command, *setup, error) {
	commands, err := compile(s)
	if err != nil {
		return nil, nil, err
	}
	u, err := readSetup(s, commands)
	return commands, u, err
}

// player is one play.
type player struct {
	script *golden.Script
	host   Machine
	kernel *fakedemux.Kernel // nil on the running kernel
	out    strings.Builder
	err    error // ends the play

	names     []string // in the order they were made
	handles   map[string]demux.Handle
	addresses map[string]netip.AddrPort
	functions map[string][]*command // what on says

	loop      *eventloop.Loop
	iteration uint64
	told      time.Duration // virtual time that the output knows of
	watches   map[string]*eventloop.Registration
	tokens    map[demux.Token]string
	timers    map[string]eventloop.Timer

	data []string // names of user data, by value
}

func newPlayer(m Machine, s *golden.Script) *player {
	return &player{
		script: s, host: m,
		handles: map[string]demux.Handle{}, addresses: map[string]netip.AddrPort{},
		functions: map[string][]*command{}, watches: map[string]*eventloop.Registration{},
		tokens: map[demux.Token]string{}, timers: map[string]eventloop.Timer{},
	}
}

func (p *player) play(commands []*command) {
	x := &scene{player: p}
	for _, c := range commands {
		if c.verb.do != nil {
			x.run(c)
		}
	}
}

// finish tells how the play ended.
func (p *player) finish(ended error) error {
	var dead *scheduler.Deadlock
	var live *scheduler.Livelock
	switch {
	case p.err != nil:
		return p.err
	case errors.As(ended, &dead):
		p.say("", "deadlock at %v: %s", dead.At, strings.Join(dead.Tasks, ", "))
	case errors.As(ended, &live):
		p.say("", "livelock: %s %s are spent", live.Limit, live.Budget)
	case ended != nil:
		return ended
	}
	return nil
}

// say adds a line to the output.
func (p *player) say(prefix, format string, args ...any) {
	if p.err != nil {
		return
	}
	p.out.WriteString(strings.TrimRight(prefix+fmt.Sprintf(format, args...), " ") + "\n")
	if p.out.Len() > maxOutput {
		p.err = fmt.Errorf("%s: a story tells %d bytes at the most", p.script.Name, maxOutput)
	}
}

// scene is where a command is carried out: at the top, in a function that
// the loop calls, in a task.
type scene struct {
	*player
	prefix string
	loud   bool // a command that has nothing to tell tells itself
}

// run carries out c and tells the result.
func (x *scene) run(c *command) {
	if x.err != nil {
		return
	}
	prefix := x.prefix
	if told := c.verb.do(x, c); told != "" {
		x.say(prefix, "%s = %s", c.text(), told)
	} else if x.loud && c.inner == nil {
		x.say(prefix, "%s", c.text())
	}
}

// fail ends the play: c cannot be played.
func (x *scene) fail(c *command, format string, args ...any) string {
	if x.err == nil {
		x.err = x.script.Errorf(c.line, format, args...)
	}
	return ""
}

// call carries out what on says about name, in a function that the loop calls.
func (p *player) call(name string) {
	x := &scene{player: p, prefix: "   "}
	for _, c := range p.functions[name] {
		x.run(c)
	}
}

// name makes h known.
func (p *player) name(name string, h demux.Handle) {
	if _, have := p.handles[name]; !have {
		p.names = append(p.names, name)
	}
	p.handles[name] = h
}

// handle returns the handle called name. A name that stands for nothing ends
// the play.
func (x *scene) handle(c *command, name string) demux.Handle {
	h, have := x.handles[name]
	if !have {
		x.fail(c, "%q names no open handle", name)
		return demux.NoHandle
	}
	return h
}

// made makes new handles known, or tells the error.
func (x *scene) made(err error, names []string, handles ...demux.Handle) string {
	if err != nil {
		return failure(err)
	}
	for i, name := range names {
		x.name(name, handles[i])
	}
	return ""
}
