package eventloop_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/proptest"
	"reactortest/realdemux"
)

const page = "../docs/other-tasks.md"

// TestPage sees that the Go code of the page is that of this file.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	must(t, err)
	file, err := os.ReadFile("example_test.go")
	must(t, err)
	here := flat(string(file))
	blocks := strings.Split(string(text), "```go\n")[1:]
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(here, flat(block)) {
			t.Errorf("%s has code that is not in example_test.go:\n%s", page, block)
		}
	}
	if len(blocks) != 6 {
		t.Errorf("%s has %d blocks of code, want 6", page, len(blocks))
	}
}

// flat returns s without its indentation.
func flat(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

func TestPageProgram(t *testing.T) {
	proptest.TestProgram(t, func(t testing.TB, h demux.Host) {
		l, err := eventloop.Open(h, &eventloop.Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		dones := 0
		for range 3 {
			_, err := l.Go(func(context.Context) error {
				proptest.Sleep(h, time.Second) // in the place of a file
				return nil
			}, func(error) { dones++ })
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := l.RunWhileAlive(); err != nil || dones != 3 {
			t.Errorf("%d works are done: %v", dones, err)
		}
		_ = l.Close()
	})
}

// A worker reads a file, and then another one resolves a name. The loop gets the
// results, and serves its handles in the meantime.
func ExampleCall() {
	dir, err := os.MkdirTemp("", "call")
	check(err)
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "motd")
	check(os.WriteFile(file, []byte("Good morning!"), 0o600))

	l, err := eventloop.Open(realdemux.NewHost(), nil)
	check(err)
	_, err = eventloop.Call(l, func(context.Context) ([]byte, error) {
		return os.ReadFile(file)
	}, func(text []byte, err error) {
		fmt.Println(string(text), err)
	})
	check(err)
	check(l.RunWhileAlive())
	_, err = eventloop.Call(l, func(ctx context.Context) ([]string, error) {
		return net.DefaultResolver.LookupHost(ctx, "127.0.0.1")
	}, func(addrs []string, err error) {
		fmt.Println(addrs, err)
	})
	check(err)
	check(l.RunWhileAlive())
	check(l.Close())
	// Output:
	// Good morning! <nil>
	// [127.0.0.1] <nil>
}

// The work waits for its context, which Cancel ends unless it cancels the work
// before it begins.
func ExampleWork_Cancel() {
	l, err := eventloop.Open(realdemux.NewHost(), nil)
	check(err)
	work := func(ctx context.Context) error {
		<-ctx.Done()
		return demux.ErrCanceled
	}
	done := func(err error) { fmt.Println(err) }
	w, err := l.Go(work, done)
	if err != nil {
		panic(err) // eventloop.ErrBusy, or demux.ErrClosed
	}
	w.Cancel()
	check(l.RunWhileAlive())
	check(l.Close())
	// Output: operation canceled
}

// The first of the two signals ends the loop.
func ExampleLoop_Signal() {
	l, err := eventloop.Open(realdemux.NewHost(), nil)
	check(err)
	_, err = l.Signal(func(sig os.Signal) {
		fmt.Println("stopping:", sig)
		_ = l.Close()
	}, os.Interrupt, syscall.SIGTERM)
	check(err)
	check(l.Run(context.Background()))
}

func ExampleLoop_StartProcess() {
	l, err := eventloop.Open(realdemux.NewHost(), nil)
	check(err)
	cmd := exec.Command("tar", "-cf", "backup.tar", "data")
	p, err := l.StartProcess(cmd, func(err error) {
		fmt.Println("tar has ended:", err, cmd.ProcessState)
	})
	check(err)
	l.AfterFunc(time.Hour, func() {
		_ = p.Kill()
		_ = l.Close()
	})
	check(l.Run(context.Background()))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
