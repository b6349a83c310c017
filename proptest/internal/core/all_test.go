package core_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
)

// bare is a host that has nothing beyond demux.Host.
type bare struct{ demux.Host }

// TestAllSaysWhatTheInnerHostLacks: a host that wraps another has all methods, and those
// of the inner host's that are missing are named.
func TestAllSaysWhatTheInnerHostLacks(t *testing.T) {
	var at netip.AddrPort
	for _, tt := range []struct {
		call string
		make func(a core.All) error
	}{
		{"Stream", func(a core.All) error { _, err := a.Stream(at.Addr()); return err }},
		{"WriteVector", func(a core.All) error { _, err := a.WriteVector(0, nil); return err }},
		{"SetNoDelay", func(a core.All) error { return a.SetNoDelay(0, true) }},
		{"SetReset", func(a core.All) error { return a.SetReset(0) }},
		{"ListenUnix", func(a core.All) error { _, err := a.ListenUnix("", 0); return err }},
		{"ConnectUnix", func(a core.All) error { _, err := a.ConnectUnix(""); return err }},
		{"RemoveUnix", func(a core.All) error { return a.RemoveUnix("") }},
		{"Datagram", func(a core.All) error { _, _, err := a.Datagram(""); return err }},
		{"ReceiveFrom", func(a core.All) error { _, _, err := a.ReceiveFrom(0, nil); return err }},
		{"SendTo", func(a core.All) error { _, err := a.SendTo(0, nil, at); return err }},
		{"ListenShared", func(a core.All) error { _, _, err := a.ListenShared("", 0); return err }},
	} {
		k := fakedemux.New(nil)
		if err := k.Run(func() {
			err := tt.make(core.All{Host: bare{k}})
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), tt.call) {
				t.Errorf("%s of a host without it: %v", tt.call, err)
			}
			if err := tt.make(core.All{Host: k}); err == nil || strings.HasPrefix(err.Error(), "proptest:") {
				t.Errorf("%s of a host with it, and wrong arguments: %v", tt.call, err)
			}
		}); err != nil {
			t.Error(err)
		}
	}
}
