package proptest_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest"
	"reactortest/scheduler"
)

// hangDir tells a test binary that it is the child, and where to save.
const hangDir = "REACTORTEST_HANG_DIR"

// spinning is a reactor whose handlers never return and never call.
type spinning struct{ proptest.Reactor }

func (s spinning) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, _ func(demux.Event)) (proptest.Watch, error) {
	return s.Reactor.Watch(h, want, mode, spinsForEver)
}

func spinsForEver(demux.Event) {
	for { //nolint:staticcheck // it spins: that is what the watchdog is for
	}
}

// TestWatchdog runs itself in a process of its own, in which a handler spins
// for ever: nothing in that process can end the run but its end.
func TestWatchdog(t *testing.T) {
	if dir := os.Getenv(hangDir); dir != "" {
		r, err := proptest.Check(func(tb testing.TB, h demux.Host) proptest.Reactor {
			return spinning{proptest.EventLoop(tb, h)}
		}, &proptest.Options{Subject: "spinning", Dir: dir, Hang: 100 * time.Millisecond})
		if err != nil || r.Failure == nil {
			t.Fatalf("the check has returned: %v, %v", r, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n%s", r.Failure.Rule, r.Failure.Screen("replay it"), strings.Join(r.Failure.Details, "\n"))
		os.Exit(1)
	}
	dir := t.TempDir()
	var out, errs bytes.Buffer
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWatchdog$", "-test.timeout=60s")
	child.Env = append(os.Environ(), hangDir+"="+dir)
	child.Stdout, child.Stderr = &out, &errs
	err := child.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the process ended with %v, want exit status 1\n%s%s", err, out.String(), errs.String())
	}
	said := errs.String()
	for _, want := range []string{
		"hang: a task neither makes a simulated call nor ends", "tape: rt2/reactor/spinning/epoll/", "saved: " + filepath.ToSlash(dir), "spinsForEver",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q:\n%s", want, said)
		}
	}
	checkSavedTape(t, dir, said)
}

// checkSavedTape compares the tape that was printed with the one that was saved.
func checkSavedTape(t *testing.T, dir, said string) {
	t.Helper()
	printed := regexp.MustCompile(`tape: (\S+)`).FindStringSubmatch(said)
	files, err := filepath.Glob(filepath.Join(dir, "reactor-hang-*.txt"))
	if err != nil || len(files) != 1 || printed == nil {
		t.Fatalf("%d files are saved (%v), and printed is %q", len(files), err, printed)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	saved, err := scheduler.ParseSaved(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := saved.Tape.String(); got != printed[1] || saved.Rule != "hang" {
		t.Errorf("saved is the tape %s, printed %s", got, printed[1])
	}
}
