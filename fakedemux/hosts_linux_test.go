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
			t.Chdir(t.TempDir()) // the path of a socket is short
			file := func(path string) {
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			row.play(t, &hostRun{fullHost: realdemux.NewHost().(fullHost), tb: t, dir: ".", big: 4 << 20, file: file}, want)
		})
	}
}
