package kqueue_test

import (
	"errors"
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
)

func TestProfiles(t *testing.T) {
	var names []string
	for _, p := range kqueue.Profiles() {
		names = append(names, p.Name)
		if kqueue.LookupProfile(p.Name) != p {
			t.Errorf("%s: not found by its name", p.Name)
		}
		filters := []int32{p.Read, p.Write, p.Vnode, p.Proc, p.Signal, p.Timer}
		if p.HasUser {
			filters = append(filters, p.User)
		}
		slices.Sort(filters)
		if len(slices.Compact(filters)) != len(filters) {
			t.Errorf("%s: two filters have one number: %v", p.Name, filters)
		}
		if oldest := kqueue.Oldest(p.System); oldest == nil || oldest.System != p.System {
			t.Errorf("%s: the oldest of %s is %v", p.Name, p.System, oldest)
		}
		if p.PipeSize <= 0 || p.PipeMost < p.PipeSize || p.SendLow <= 0 || p.DatagramSend <= 0 || p.TCPSend <= 0 || p.TCPReceive <= 0 || p.UnixStream <= 0 || p.Release == "" {
			t.Errorf("%s: the sizes are missing, or the release: %+v", p.Name, p)
		}
		if p.MaxTimeout <= 0 || p.EOPNOTSUPP == 0 {
			t.Errorf("%s: MaxTimeout %v, EOPNOTSUPP %d", p.Name, p.MaxTimeout, p.EOPNOTSUPP)
		}
	}
	if want := []string{"darwin", "dragonfly", "freebsd", "netbsd", "netbsd-9", "openbsd", "openbsd-7.3", "openbsd-7.7"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	if kqueue.LookupProfile("linux") != nil {
		t.Error("there is a profile of Linux")
	}
}

func TestErrno(t *testing.T) {
	for _, tt := range []struct {
		e    kqueue.Errno
		host syscall.Errno
	}{
		{kqueue.EBADF, syscall.EBADF},
		{kqueue.EAGAIN, syscall.EAGAIN}, // 35 on a BSD, 11 on Linux
		{kqueue.ECONNREFUSED, syscall.ECONNREFUSED},
		{kqueue.EINPROGRESS, syscall.EINPROGRESS},
	} {
		err := tt.e.Err("kevent")
		var simulated demux.Errno
		if !errors.Is(err, tt.host) || !errors.As(err, &simulated) || simulated.Number() != int(tt.e) {
			t.Errorf("%d: %v is not %v", tt.e, err, tt.host)
		}
	}
	if kqueue.Errno(0).Err("kevent") != nil || kqueue.Errno(200).Name() != "" {
		t.Error("0 is an error, or 200 has a name")
	}
	if errors.Is(kqueue.EAGAIN.Err("read"), syscall.EDEADLK) {
		t.Error("a BSD's EAGAIN is taken for Linux' error of that number")
	}
}

func TestTimeouts(t *testing.T) {
	const day = 24 * time.Hour
	for _, tt := range []struct {
		why     string
		p       *kqueue.Profile
		errs    []kqueue.Errno
		elapse  time.Duration
		timeout time.Duration
		waits   []string
	}{
		{why: "a poll", p: &kqueue.Darwin, waits: []string{"0s"}},
		{why: "nanoseconds are kept", p: &kqueue.NetBSD, timeout: 1_000_000_001, waits: []string{"1.000000001s"}},
		{
			why: "OpenBSD takes no more than a day", p: &kqueue.OpenBSD, timeout: 2*day + time.Hour,
			waits: []string{"24h0m0s", "24h0m0s", "1h0m0s"},
		},
		{
			why: "Darwin refuses very long sleeps", p: &kqueue.Darwin, timeout: 1_500_000 * time.Second,
			waits: []string{"277h46m40s", "138h53m20s"},
		},
		{
			why: "a signal: what is left is waited", p: &kqueue.FreeBSD, errs: []kqueue.Errno{kqueue.EINTR, kqueue.EINTR},
			elapse: 3 * time.Millisecond, timeout: 10 * time.Millisecond, waits: []string{"10ms", "7ms", "4ms"},
		},
		{
			why: "a signal after the deadline: a poll", p: &kqueue.FreeBSD, errs: []kqueue.Errno{kqueue.EINTR},
			elapse: time.Second, timeout: time.Millisecond, waits: []string{"1ms", "0s"},
		},
		{
			why: "ETIMEDOUT is no error of a wait", p: &kqueue.Darwin, errs: []kqueue.Errno{kqueue.ETIMEDOUT},
			elapse: time.Millisecond, timeout: time.Millisecond, waits: []string{"1ms", "0s"},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			c := newCalls(tt.p)
			d := open(t, c)
			c.errs, c.elapse = tt.errs, tt.elapse
			if n, err := d.Wait(make([]demux.Event, 1), tt.timeout); n != 0 || err != nil {
				t.Fatalf("Wait: got %d, %v, want 0, nil", n, err)
			}
			if !slices.Equal(c.waits, tt.waits) {
				t.Errorf("the kernel was asked to wait %q, want %q", c.waits, tt.waits)
			}
		})
	}
}

func TestHugeTimeouts(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		d := open(t, c)
		for _, timeout := range []time.Duration{-1, math.MinInt64, math.MaxInt64, math.MaxInt64 - 1} {
			_ = d.Wake()
			if n, err := d.Wait(make([]demux.Event, 1), timeout); n != 0 || err != nil {
				t.Errorf("Wait(%d): got %d, %v", timeout, n, err)
			}
		}
	})
}

func TestWaitErrors(t *testing.T) {
	c := newCalls(&kqueue.FreeBSD)
	d := open(t, c)
	c.errs = []kqueue.Errno{kqueue.ENOMEM}
	if n, err := d.Wait(make([]demux.Event, 1), 0); n != 0 || !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("got %d, %v, want ENOMEM", n, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("Wait with no room for events did not panic")
		}
	}()
	_, _ = d.Wait(nil, 0)
}
