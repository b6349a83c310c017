//go:build !cloops || !linux

package libevent_test

import "testing"

// TestSimulated says why the loop is not judged.
func TestSimulated(t *testing.T) {
	t.Skip("the build tag cloops is not set, or this is not Linux: make test-cloops needs libevent_core.a")
}
