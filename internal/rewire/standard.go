package rewire

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// patch is a change of a file of the standard library.
type patch struct {
	file      string // below GOROOT/src
	old, with string
	why       string
}

// quietSelect has a select with several ready cases take the first one in the order of
// the source; otherwise the runtime draws, and no run could be made again.
var quietSelect = patch{
	file: "runtime/select.go",
	old:  "j := cheaprandn(uint32(norder + 1))",
	with: "j := uint32(norder)",
	why:  "where select draws one of its ready cases",
}

// durableLocks has testing/synctest count a goroutine that waits for a lock as blocked, as
// it does for a channel. Then a program may hold a sync.Mutex over a simulated call.
var durableLocks = patch{
	file: "runtime/runtime2.go",
	old:  "	waitReasonSyncCondWait:          true,",
	with: "	waitReasonSyncCondWait: true, waitReasonSyncMutexLock: true, waitReasonSyncRWMutexLock: true, waitReasonSyncRWMutexRLock: true,",
	why:  "where testing/synctest counts goroutines as blocked",
}

// patientLocks keeps sync.Mutex in its normal mode. A waiter asks for the starvation mode
// when it has waited for a millisecond of real time, so no run could be made again.
var patientLocks = patch{
	file: "internal/sync/mutex.go",
	old:  "starvationThresholdNs = 1e6",
	with: "starvationThresholdNs = 1 << 62",
	why:  "how long a waiter is patient",
}

// Overlay writes an overlay for go test to the folder out and returns its file. It changes
// three lines of the standard library: see quietSelect, durableLocks and patientLocks. dir is a folder of the
// user's module.
func Overlay(ctx context.Context, dir, out string) (file string, err error) {
	g, err := newGoCommand(ctx, dir)
	if err != nil {
		return "", err
	}
	if out, err = filepath.Abs(out); err != nil {
		return "", err
	}
	files := map[string][]byte{}
	for _, p := range []*patch{&quietSelect, &durableLocks, &patientLocks} {
		if err := p.apply(g, files); err != nil {
			return "", err
		}
	}
	return filepath.Join(out, "overlay.json"), writeOverlay(out, files)
}

// apply adds the patched file to an overlay.
func (p *patch) apply(g *goCommand, files map[string][]byte) error {
	name := filepath.Join(g.set.GOROOT, "src", filepath.FromSlash(p.file))
	text, err := g.standard(name, files)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), p.old); n != 1 {
		return fmt.Errorf("%s is not supported: %s has the line %q (%s) %d times, not once", g.set.GOVERSION, name, p.old, p.why, n)
	}
	files[name] = []byte(strings.Replace(string(text), p.old, p.with, 1))
	return nil
}

// standard returns a file of the standard library as an overlay has it. A release that
// does not have the file is not supported.
func (g *goCommand) standard(name string, files map[string][]byte) ([]byte, error) {
	if text, ok := files[name]; ok {
		return text, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s is not supported: %w", g.set.GOVERSION, err)
	}
	return text, nil
}
