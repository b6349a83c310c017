package main

import (
	"context"
	"strings"
	"testing"
)

func TestFidelity(t *testing.T) {
	r := call(context.Background(), "fidelity", "-calls", "60000")
	if strings.Contains(r.out, "not run") {
		t.Skip(r.out)
	}
	r.want(t, exitClean, "0 disagreements", "epoll_ctl ADD ELOOP", "IN|OUT|RDHUP", "timerfd", "ET|ONESHOT")
}

func TestFidelityFindsAMutation(t *testing.T) {
	r := call(context.Background(), "fidelity", "-mutate", "del-of-none-succeeds")
	if strings.Contains(r.out, "not run") {
		t.Skip(r.out)
	}
	r.want(t, exitViolation, "1 disagreement", "simulated: 0", "running:   ENOENT")
}

func TestFidelityOfBlockedCalls(t *testing.T) {
	r := call(context.Background(), "fidelity", "-blocked", "2000")
	if strings.Contains(r.out, "not run") {
		t.Skip(r.out)
	}
	r.want(t, exitClean, "0 disagreements", "read on pipe reader", "close of it: stays blocked", "sequences of two tasks")
}

func TestFidelityFindsAMutationOfBlockedCalls(t *testing.T) {
	r := call(context.Background(), "fidelity", "-blocked", "2000", "-mutate", "signal-ends-nothing")
	if strings.Contains(r.out, "not run") {
		t.Skip(r.out)
	}
	r.want(t, exitViolation, "1 disagreement", "T is blocked", "EINTR")
}

func TestFidelityWords(t *testing.T) {
	call(context.Background(), "fidelity", "-list").want(t, exitClean, "no-round-robin", "epoll_wait(2)")
	call(context.Background(), "fidelity", "-list", "-blocked", "1").want(t, exitClean, "close-ends-the-call", "close(2)")
	for _, row := range []struct {
		why  string
		args []string
		says string
	}{
		{"a number below 0", []string{"-blocked", "-1"}, "not in 0 to"},
		{"no calls", []string{"-calls", "0"}, "not in 1 to"},
		{"a mutation that there is not", []string{"-mutate", "none"}, "no mutation"},
		{"an argument", []string{"much"}, "takes no arguments"},
	} {
		t.Run(row.why, func(t *testing.T) {
			r := call(context.Background(), append([]string{"fidelity"}, row.args...)...)
			if strings.Contains(r.out, "not run") {
				t.Skip(r.out)
			}
			r.want(t, exitUsage, row.says)
		})
	}
}
