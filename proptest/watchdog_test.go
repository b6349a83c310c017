package proptest_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
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

// locking is a reactor that holds a lock over a switch point.
type locking struct {
	proptest.Reactor
	host demux.Host
	mu   *sync.Mutex
}

func (l locking) Post(fn func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.host.Yield("holds-the-lock")
	return l.Reactor.Post(fn)
}

// hangs are subjects that leave the simulation.
var hangs = map[string]proptest.NewReactor{
	"spinning": func(tb testing.TB, h demux.Host) proptest.Reactor { return spinning{proptest.EventLoop(tb, h)} },
	"locking": func(tb testing.TB, h demux.Host) proptest.Reactor {
		return locking{proptest.EventLoop(tb, h), h, &sync.Mutex{}}
	},
}

// TestWatchdog runs itself in a process of its own, in which a task leaves the
// simulation forever: nothing in that process can end it but the process' end.
func TestWatchdog(t *testing.T) {
	if dir := os.Getenv(hangDir); dir != "" {
		name := filepath.Base(dir)
		(&proptest.Options{Subject: name, Dir: dir, Hang: 100 * time.Millisecond}).TestReactor(t, hangs[name])
		return
	}
	for _, tt := range []struct {
		why, name string
		says      []string
	}{
		{"a handler that spins", "spinning", []string{"it is in run", "spinsForEver at ", "task \"main\" has neither"}},
		{"a lock that is held over a switch point", "locking", []string{
			"it is in sync.Mutex.Lock", "locking.Post at ", "One of the parked tasks below must hold the lock", "is at holds-the-lock", "parked: ",
		}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), tt.name)
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWatchdog$", "-test.timeout=60s")
			child.Env = append(os.Environ(), hangDir+"="+dir)
			out, err := child.CombinedOutput()
			said := string(out)
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Fatalf("the process ended with %v, want exit status 1\n%s", err, said)
			}
			for _, want := range append(tt.says, "--- FAIL: TestWatchdog/epoll", "rule: hang ",
				"tape: rt2/reactor/"+tt.name+"/epoll/", "replay: go test ./proptest -run ", "saved: "+filepath.ToSlash(dir)) {
				if !strings.Contains(said, want) {
					t.Errorf("nothing says %q:\n%s", want, said)
				}
			}
			if lines := strings.Count(said, "\n"); lines > 70 {
				t.Errorf("%d lines, more than a screen:\n%s", lines, said)
			}
			checkSavedTape(t, dir, said)
		})
	}
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
	if !strings.Contains(saved.Comment, "goroutine ") {
		t.Errorf("the file has no stacks:\n%s", text)
	}
	if got := saved.Tape.String(); got != printed[1] || saved.Rule != "hang" {
		t.Errorf("saved is the tape %s, printed %s", got, printed[1])
	}
}
