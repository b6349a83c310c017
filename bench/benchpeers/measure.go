//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/result"
)

// bench makes measurements. Everything runs on two processors: what is measured on the first,
// the load generator on the second.
type bench struct {
	*built
	amount amount
	cpus   [2]int
	sock   string // a folder for unix sockets
	port   int
	// requests, if not 0, replaces the time that is measured by a number of requests.
	requests int64
}

func newBench(b *built, a amount) (*bench, error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return nil, os.NewSyscallError("sched_getaffinity", err)
	}
	x := &bench{built: b, amount: a, port: 20000}
	found := 0
	for cpu := 0; found < 2 && cpu < 1024; cpu++ {
		if allowed.IsSet(cpu) {
			x.cpus[found] = cpu
			found++
		}
	}
	if found < 2 {
		return nil, errors.New("the measurements need two processors")
	}
	var err error
	x.sock, err = os.MkdirTemp("", "peers")
	return x, err
}

func (b *bench) close() error { return os.RemoveAll(b.sock) }

// closeWhenInterrupted ends the process after a signal that asks it to end. Its children end
// with it.
func (b *bench) closeWhenInterrupted() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGINT, syscall.SIGTERM)
	<-c
	_ = b.close()
	fmt.Fprintln(os.Stderr, "interrupted; the same command continues")
	os.Exit(1)
}

// measure makes one measurement.
func (b *bench) measure(c *cell, p *peer) ([]*result.Result, error) {
	if reason := b.skipped[p.program]; reason != "" {
		return []*result.Result{{Note: reason}}, nil
	}
	if c.kind == kindInside || c.kind == kindInsideTwo {
		return b.inside(c, p)
	}
	r, err := b.echo(c, p)
	if err != nil {
		return nil, err
	}
	return []*result.Result{r}, nil
}

// inside has a program measure itself.
func (b *bench) inside(c *cell, p *peer) ([]*result.Result, error) {
	args := append(append([]string{}, p.args...), c.args...)
	if b.isC(p.program) && c.part() == "B2" {
		args[len(args)-1] = fmt.Sprint(b.amount.length.Milliseconds())
	}
	cpus := b.cpus[:1]
	if c.kind == kindInsideTwo {
		cpus = b.cpus[:]
	}
	out, err := b.output(cpus, p.program, args...)
	if err != nil {
		return nil, err
	}
	var all []*result.Result
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var r result.Result
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s printed %q: %w", p.program, s.Text(), err)
		}
		all = append(all, &r)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has measured nothing", p.program)
	}
	return all, nil
}

// echo starts a server, has the load generator measure it, and kills it.
func (b *bench) echo(c *cell, p *peer) (r *result.Result, err error) {
	address, err := b.address(c.network)
	if err != nil {
		return nil, err
	}
	args := append([]string{c.network, address}, p.args...)
	if c.kind == kindMemory {
		args = append(args, "collect")
	}
	server := exec.Command(filepath.Join(b.folder, p.program), args...)
	var complaint bytes.Buffer
	server.Stderr = &complaint
	if err := b.start(server, b.cpus[:1]); err != nil {
		return nil, err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		if err != nil {
			err = fmt.Errorf("%w\n%s printed: %s", err, p.program, lastLines(complaint.String()))
		}
	}()
	length := b.amount.length
	load := []string{
		"-net", c.network, "-addr", address, "-conns", fmt.Sprint(c.conns), "-size", fmt.Sprint(c.size),
		"-warm", b.amount.warm().String(), "-pid", fmt.Sprint(server.Process.Pid), "-requests", fmt.Sprint(b.requests),
	}
	if c.kind == kindMemory {
		load = append(load, "-memory")
	}
	if c.kind == kindCalls {
		load = append(load, "-count")
		length = b.amount.callsLength()
	}
	out, err := b.output(b.cpus[1:], "load", append(load, "-for", length.String())...)
	if err != nil {
		return nil, err
	}
	r = &result.Result{}
	if err := json.Unmarshal(out, r); err != nil {
		return nil, fmt.Errorf("load printed %q: %w", out, err)
	}
	return r, nil
}

// patience is how long a program may take beyond what it measures.
const patience = time.Minute

func (b *bench) output(cpus []int, program string, args ...string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(b.folder, program), args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := b.start(cmd, cpus); err != nil {
		return nil, err
	}
	late := time.AfterFunc(patience+b.amount.length, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, lastLines(complaint.String()))
	}
	return out.Bytes(), nil
}

// start starts cmd on some processors. The caller's goroutine is locked to a thread, from
// which the child takes its processors, and with which it dies.
func (b *bench) start(cmd *exec.Cmd, cpus []int) error {
	var before, set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return os.NewSyscallError("sched_getaffinity", err)
	}
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return os.NewSyscallError("sched_setaffinity", err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err := cmd.Start()
	return errors.Join(err, os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &before)))
}

// address returns one that nobody listens on.
func (b *bench) address(network string) (string, error) {
	b.port++
	if network == "unix" {
		return filepath.Join(b.sock, fmt.Sprint(b.port)), nil
	}
	for ; b.port < 32000; b.port++ { // below the ports that connections take by default
		a := fmt.Sprintf("127.0.0.1:%d", b.port)
		if l, err := net.Listen("tcp", a); err == nil {
			return a, l.Close()
		}
	}
	b.port = 20000
	return "", errors.New("no port is free")
}

func (b *bench) isC(program string) bool {
	for i := range programs {
		if programs[i].name == program {
			return strings.HasSuffix(programs[i].from, ".c")
		}
	}
	return false
}

func lastLines(s string) string {
	const most = 600
	s = strings.TrimSpace(s)
	return s[max(0, len(s)-most):]
}
