package planted_test

import (
	"strings"
	"testing"

	"reactortest/fakedemux"
	"reactortest/internal/planted"
)

func TestNeeds(t *testing.T) {
	const edge, pipe = planted.NeedsEdge, planted.NeedsPipe
	for _, c := range []struct {
		why     string
		dialect string
		needs   planted.Needs
		missing planted.Needs
		text    string
	}{
		{"Linux has edges and pipes", "epoll", edge | pipe, 0, "nothing"},
		{"so have the BSDs", "kqueue-openbsd", edge | pipe, 0, "nothing"},
		{"Windows has neither", "iocp", edge | pipe, edge | pipe, "edge-triggered registrations and a pipe"},
		{"only what is needed is missed", "iocp", pipe, pipe, "a pipe"},
		{"likewise", "iocp", edge, edge, "edge-triggered registrations"},
		{"what needs nothing runs everywhere", "iocp", 0, 0, "nothing"},
	} {
		k := fakedemux.New(&fakedemux.Options{Dialect: c.dialect})
		missing, err := c.needs.Missing(k)
		if err != nil || missing != c.missing || missing.String() != c.text {
			t.Errorf("%s: %v, %v; want %s", c.why, missing, err, c.text)
		}
		if leaks := k.Leaks(); len(leaks) > 0 {
			t.Errorf("%s: left open: %v", c.why, leaks)
		}
	}
}

// TestPlantedBugsNeedLittle: a bug is to be found on every kernel, unless it is one
// of edge mode.
func TestPlantedBugsNeedLittle(t *testing.T) {
	for _, s := range append(planted.All(), planted.Twin()) {
		if s.Needs != 0 && (s.Needs != planted.NeedsEdge || !strings.HasPrefix(s.Name, "edge-")) {
			t.Errorf("%s needs %v", s.Name, s.Needs)
		}
	}
}
