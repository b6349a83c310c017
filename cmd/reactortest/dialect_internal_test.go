package main

import (
	"slices"
	"strings"
	"testing"
)

func TestCheckOnAnotherDialect(t *testing.T) {
	call(t.Context(), "check", "-dialect", "vms", "-real", "0").want(t, exitUsage, `there is no "vms", they are epoll, epoll-5.10, kqueue-darwin`)
	call(t.Context(), "check", "-dialect", "kqueue", "-runs", "100", "-real", "0").want(t, exitUsage,
		"kqueue-darwin, simulated", "kqueue-dragonfly, simulated", "kqueue-freebsd, simulated", "kqueue-netbsd, simulated",
		"kqueue-openbsd, simulated", "fair-within-k               ok", "runs count, 10000 are needed")
	r := call(t.Context(), "check", "-dialect", "kqueue-netbsd", "-subject", stale, "-runs", "10000", "-dir", t.TempDir())
	r.want(t, exitViolation, "kernel: kqueue-netbsd, faithful", "rt2/reactor/planted/stale-event/kqueue-netbsd/f2odsv")
	call(t.Context(), "check", "-dialect", "iocp", "-subject", "planted/legal-edge-only", "-real", "0").want(t, exitUsage,
		"planted/legal-edge-only needs what iocp does not have: edge-triggered")
	_, after, _ := strings.Cut(r.out, "tape: ")
	tape, _, _ := strings.Cut(after, " ")
	call(t.Context(), "replay", tape).want(t, exitViolation, "kernel: kqueue-netbsd, faithful")
}

func TestMembers(t *testing.T) {
	kqueues := []string{"kqueue-darwin", "kqueue-dragonfly", "kqueue-freebsd", "kqueue-netbsd", "kqueue-openbsd"}
	for _, tt := range []struct {
		name string
		want []string
		why  string
	}{
		{"epoll", []string{"epoll"}, "a name without a version is the newest kernel, not a family of versions"},
		{"epoll-5.10", []string{"epoll-5.10"}, "a version"},
		{"kqueue", kqueues, "a family that is no dialect itself"},
		{"kqueue-netbsd", []string{"kqueue-netbsd"}, "one of a family"},
		{"kqueue-netbsd-9", []string{"kqueue-netbsd-9"}, "an older version, which no family has"},
		{"kq", nil, "part of a name is no family"},
		{"epoll-5", nil, "and part of a version no version"},
		{"", nil, "nothing is named"},
	} {
		if got := members(tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q: %s", tt.name, got, tt.want, tt.why)
		}
	}
}
