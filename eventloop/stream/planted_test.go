package stream_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	plantedRuns = flag.Int("stream.planted", 120, "simulated runs of the engine in each test of a planted mistake")
	every       = flag.Int("stream.every", 3, "search for one of so many planted mistakes")
)

// planted are mistakes, each in a copy of this package: old is replaced by text in a file.
// The tests that run matches must fail, and print a line that matches finds.
var planted = []struct {
	why       string
	file      string
	old, text string
	run       string
	finds     string
}{
	{
		"CloseWrite before the queue is sent", "conn.go",
		"|| c.connecting || c.queue.size > 0 {", "|| c.connecting {",
		onEngine("default", "epoll"), "half-close-answers",
	},
	{
		"writable stays wanted when the queue is empty", "write.go",
		"c.blocked = c.queue.size > 0", "c.blocked = true",
		onEngine("tight", "epoll"), "idle-blocks|livelock",
	},
	{
		"writable is not wanted after a short write", "write.go",
		"if !c.connecting && c.ops == nil {\n\t\tc.blocked = true", "if !c.connecting && c.ops == nil {\n\t\tc.blocked = false",
		onEngine("default", "epoll"), "half-close-answers|write-completes-or-fails|bytes-intact",
	},
	{
		"too few bytes are popped", "write.go",
		"c.queue.pop(&c.net.chunks, n)\n\t\tsent", "c.queue.pop(&c.net.chunks, max(n-1, 0))\n\t\tsent",
		onEngine("default", "epoll"), "bytes-intact",
	},
	{
		"what a short write did not take is popped", "write.go",
		"c.queue.pop(&c.net.chunks, n)\n\t\tsent", "c.queue.pop(&c.net.chunks, asked)\n\t\tsent",
		onEngine("default", "epoll"), "bytes-intact|half-close-answers|write-completes-or-fails",
	},
	{
		"what a short write took is sent again", "write.go",
		"if b = b[n:]; len(b) == 0 {", "if n == len(b) {",
		onEngine("default", "kqueue-darwin"), "bytes-intact",
	},
	{
		"reading does not go on at low water", "write.go",
		"\t\tc.full = false\n\t\tif c.handler.Drain", "\t\tif c.handler.Drain",
		onEngine("tightest", "epoll"), "ready-is-served",
	},
	{
		"the handle is closed before Closed", "conn.go",
		"\tdefer func() {\n\t\t_ = c.net.host.Close(c.handle)\n\t\tc.net.remove(c)\n\t}()", "\t_ = c.net.host.Close(c.handle)\n\tdefer c.net.remove(c)",
		onEngine("default", "epoll"), "owns-its-handles|no-leaked-handle",
	},
	{
		"the handle is closed in end, and its number used again before Closed", "conn.go",
		"\tc.detach()\n\tc.net.loop.CloseFunc(c.over)", "\tc.detach()\n\t_ = c.net.host.Close(c.handle)\n\tc.handle = demux.NoHandle\n\tc.net.loop.CloseFunc(c.over)",
		onEngine("default", "epoll"), "owns-its-handles|no-leaked-handle",
	},
	{
		"the handle is closed while it is registered", "conn.go",
		"\t\t_ = c.watch.Close()\n", "",
		onEngine("default", "epoll"), "no-leaked-registration",
	},
	{
		"an accept that fails is tried again at once", "listener.go",
		"func (l *Listener) failed(err error) {\n\tl.stop()", "func (l *Listener) failed(err error) {",
		"^TestAcceptFails$/is_false$/^epoll$", "the listener has waited|livelock",
	},
	{
		"an accept that fails is the last", "listener.go",
		"l.net.loop.AfterFunc(l.pause, l.tryAgain)", "l.net.loop.AfterFunc(l.pause, func() {})",
		"^TestAcceptFails$/is_false$/^epoll$", "deadlock|AcceptError was not called",
	},
	{
		"Closed is called twice", "conn.go",
		"\tif c.dead {\n\t\treturn\n\t}\n\tc.dead, c.err = true, err", "\tc.dead, c.err = true, err",
		"^TestReenter$/^Abort_in_Closed$/^epoll$/^plain$", "Closed after Closed",
	},
	{
		"a write to a connection that has ended", "write.go",
		"case c.shutting || c.dead:", "case c.shutting:",
		"^TestAbort$/^epoll$/^plain$", "Write in Closed returned",
	},
	{
		"a hang-up is taken for the end, with data unread", "conn.go",
		"if ev.Ready&demux.Readable != 0 && c.reads() {",
		"if ev.Ready&demux.Hangup != 0 && c.reads() {\n\t\t\tc.ended = true\n\t\t\tc.atEnd()\n\t\t} else if ev.Ready&demux.Readable != 0 && c.reads() {",
		onEngine("default", "epoll"), "half-close-drains|bytes-intact",
	},
	{
		"End is not called", "conn.go",
		"\tcase c.handler.End != nil:\n\t\tc.handler.End(c)", "\tcase c.handler.End != nil:",
		"^TestEnd$/^answers_after_End$/^epoll$/^plain$", "deadlock",
	},
	{
		"the buffer that all connections share is kept for later", "conn.go",
		"\t\tc.handler.Data(c, b)\n", "\t\t_ = c.net.loop.Post(func() { c.handler.Data(c, b) })\n",
		onEngine("default", "epoll"), "bytes-intact|silent-after-close|half-close-drains",
	},
	{
		"Close leaves bytes unread, and causes a reset", "conn.go",
		"\t\treturn true // what", "\t\treturn false // what",
		"^TestCloseSendsEverything$/^epoll$/^plain$", "ECONNRESET|Closed got i/o timeout",
	},
	{
		"a hang-up that nobody has asked for is told again and again", "conn.go",
		"// would tell again and again.\n\t\tc.detach()", "// would tell again and again.",
		"^TestPauseThenReset$/^epoll$/^plain$", "livelock|the loop has waited",
	},
	{
		"a panic leaves the connection as it is", "conn.go",
		"\t\tc.Abort(errPanicked)\n", "",
		"^TestPanic$/^Data$/^epoll$", "Closed got|Closed was not called|deadlock",
	},
	{
		"nobody is accepted when there is room again", "listener.go",
		"\t\tl.wait(false)\n\t\tl.tryAgain()", "\t\tl.wait(false)",
		"^TestMaxConns$/^epoll$/^plain$", "deadlock",
	},
	{
		"the rest of a vector begins at the wrong byte", "write.go",
		"skip := min(n, len(b))\n\t\tn -= skip", "skip := min(n, len(b))",
		"^TestWriteVector$/more_than/^epoll-vectors$", "or others",
	},
	{
		"a call that a signal has interrupted is an error", "net.go",
		" || errors.Is(err, syscall.EINTR)", " || false && errors.Is(err, syscall.EINTR)",
		"^TestEnd$/^answers_after_End$/^epoll$/^posix$", "EINTR",
	},
	{
		"what arrives does not extend the time", "conn.go",
		"c.times.active[timerRead] = c.net.host.Now()", "_ = c.times",
		"^TestTimeouts$/^what_arrives/^epoll$/^plain$", "it took",
	},
	{
		"done of Shutdown does not wait for connections", "net.go",
		"len(n.shutdown) > 0 && len(n.conns) == 0 &&", "len(n.shutdown) > 0 &&",
		"^TestShutdown$/^peers_that_end$/^epoll$/^plain$", "Closed after done|done was called",
	},
	{
		"by operations: what came during a pause is lost", "operations.go",
		"x.held = x.read.Buf[:n]", "x.held = nil",
		"^TestPauseThenEnd$/^iocp-operations$", "deadlock|got ",
	},
	{
		"by operations: all reads share a buffer while they are in flight", "operations.go",
		"x.buffer = make([]byte, c.net.o.ReadBuffer)", "x.buffer = c.net.buffer",
		onEngine("operations", "iocp"), "O2|bytes-intact",
	},
	{
		"by operations: the buffer of a write is used again while it is in flight", "operations.go",
		"\tif !c.ops.writing {", "\tif c.queue.size > 0 {",
		"^TestAbortThenWrite$/^iocp-operations$/^plain$", "O2",
	},
	{
		"by operations: the handle is closed before the operations are back", "operations.go",
		"nobody gets its memory\n\t}\n\tc.overIfBack()", "nobody gets its memory\n\t}\n\tc.net.loop.CloseFunc(c.over)",
		onEngine("operations", "iocp"), "close-runs-once|silent-after-close|owns-its-handles|panic",
	},
}

func onEngine(variant, dialect string) string {
	return fmt.Sprintf("^TestEngine$/^%s$/^%s$", variant, dialect)
}

// TestPlanted builds this package with one mistake at a time and sees its tests find it.
// Without a mistake the same commands pass. It builds the package for each mistake, so a short
// test skips it. go test, and so .ci/run, looks for every third mistake; make test-streams looks
// for all of them.
func TestPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the package with each mistake; go test without -short does")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	correct := buildWith(t, goTool, nil)
	passes := make(map[string]bool)
	for i, p := range planted {
		t.Run(p.why, func(t *testing.T) {
			if i%max(*every, 1) != 0 {
				t.Skip("searched for with -stream.every=1")
			}
			source, err := os.ReadFile(p.file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(source), p.old); n != 1 {
				t.Fatalf("%s has the text %d times, want once:\n%s", p.file, n, p.old)
			}
			if !passes[p.run] {
				passes[p.run] = true
				if out, failed := runTests(t, correct, p.run); failed || !strings.Contains(out, "--- PASS") {
					t.Fatalf("without a mistake %s fails, or tests nothing:\n%s", p.run, lastOf(out))
				}
			}
			wrong := buildWith(t, goTool, map[string]string{p.file: strings.Replace(string(source), p.old, p.text, 1)})
			out, failed := runTests(t, wrong, p.run)
			if !failed {
				t.Fatalf("%s passes", p.run)
			}
			found := regexp.MustCompile("(?m)^.*(" + p.finds + ").*$").FindString(out)
			if found == "" {
				t.Fatalf("%s fails, and the output has no %s:\n%s", p.run, p.finds, lastOf(out))
			}
			t.Log(strings.TrimSpace(found))
		})
	}
}

// buildWith builds the tests with other contents of files.
func buildWith(t *testing.T, goTool string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{Replace: make(map[string]string)}
	for name, text := range files {
		from, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[from] = to
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "stream.test.exe")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), goTool, "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay="+list, "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// runTests runs tests that were built, and reports whether they have failed.
func runTests(t *testing.T, program, run string) (out string, failed bool) {
	t.Helper()
	args := []string{
		"-test.v", "-test.run=" + run, "-test.timeout=5m",
		fmt.Sprintf("-stream.runs=%d", *plantedRuns), "-stream.shrink=false",
	}
	b, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(b), err != nil
}

// lastOf returns the end of an output.
func lastOf(out string) string {
	const most = 4000
	return out[max(0, len(out)-most):]
}
