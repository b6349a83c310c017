package fakedemux_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"reactortest/fakedemux"
)

func TestOptionsBeyondTheirLimits(t *testing.T) {
	for _, tt := range []struct {
		why     string
		options fakedemux.Options
		field   string // that the panic names; none: no panic
	}{
		{"0 is the default", fakedemux.Options{}, ""},
		{"the least", fakedemux.Options{Descriptors: 1, StreamBuffer: 1}, ""},
		{"the most", fakedemux.Options{Descriptors: fakedemux.MaxDescriptors, StreamBuffer: fakedemux.MaxStreamBuffer}, ""},
		{"less than no descriptor", fakedemux.Options{Descriptors: -1}, "Options.Descriptors is -1, not in 1 to 1048576"},
		{"more than a process may have", fakedemux.Options{Descriptors: fakedemux.MaxDescriptors + 1}, "Options.Descriptors is 1048577,"},
		{"less than no room", fakedemux.Options{StreamBuffer: math.MinInt}, "Options.StreamBuffer is -"},
		{"more than a machine has", fakedemux.Options{StreamBuffer: math.MaxInt}, "Options.StreamBuffer is "},
	} {
		text := ""
		func() {
			defer func() {
				if r := recover(); r != nil {
					text = fmt.Sprint(r)
				}
			}()
			fakedemux.New(&tt.options).Stop()
		}()
		if (text == "") != (tt.field == "") || !strings.Contains(text, tt.field) {
			t.Errorf("%s: got panic %q, want one with %q", tt.why, text, tt.field)
		}
	}
}

// The first dialect is the default. A version comes right after the name that it
// is a version of.
func TestDialects(t *testing.T) {
	all := fakedemux.Dialects()
	if want := []string{"epoll", "epoll-5.10"}; !slices.Equal(all[:2], want) {
		t.Errorf("got %q, want %q first", all, want)
	}
	for _, name := range all {
		if k := fakedemux.New(&fakedemux.Options{Dialect: name}); k.Dialect() != name {
			t.Errorf("the kernel of dialect %s is of %s", name, k.Dialect())
		}
	}
}
