package main

import (
	"strings"
	"testing"
)

func TestCheckOnAnotherDialect(t *testing.T) {
	call(t.Context(), "check", "-dialect", "vms", "-real", "0").want(t, exitUsage, `there is no "vms", they are epoll, kqueue-darwin`)
	call(t.Context(), "check", "-dialect", "kqueue", "-runs", "100", "-real", "0").want(t, exitUsage,
		"kqueue-darwin, simulated", "kqueue-dragonfly, simulated", "kqueue-freebsd, simulated", "kqueue-netbsd, simulated",
		"kqueue-openbsd, simulated", "fair-within-k           not promised", "runs count, 10000 are needed")
	r := call(t.Context(), "check", "-dialect", "kqueue-netbsd", "-subject", stale, "-runs", "10000", "-dir", t.TempDir())
	r.want(t, exitViolation, "kernel: kqueue-netbsd, faithful", "rt2/reactor/planted/stale-event/kqueue-netbsd/f2odsv")
	call(t.Context(), "check", "-dialect", "iocp", "-subject", "planted/legal-edge-only", "-real", "0").want(t, exitUsage,
		"planted/legal-edge-only needs what iocp does not have: edge-triggered")
	_, after, _ := strings.Cut(r.out, "tape: ")
	tape, _, _ := strings.Cut(after, " ")
	call(t.Context(), "replay", tape).want(t, exitViolation, "kernel: kqueue-netbsd, faithful")
}
