package fakedemux_test

import (
	"os"
	"testing"

	"reactortest/realdemux"
)

// TestHostRowsOnTheRunningKernel runs the tables on Linux itself.
func TestHostRowsOnTheRunningKernel(t *testing.T) {
	for _, row := range hostRows() {
		want, runs := row.expected("epoll")
		if !runs {
			continue
		}
		t.Run(row.why, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "h") // the path of a socket is short
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir) //nolint:errcheck // of a temporary folder
			file := func(path string) {
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			row.play(t, &hostRun{fullHost: realdemux.NewHost().(fullHost), tb: t, dir: dir, big: 4 << 20, file: file}, want)
		})
	}
}
