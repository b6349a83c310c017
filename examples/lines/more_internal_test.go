package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"
)

// files answers each line with the file that it names.
func files() *stream.Handler {
	return &stream.Handler{
		Split: bufio.ScanLines,
		Data: func(c *stream.Conn, line []byte) {
			name := string(line) // line is valid during the call only
			c.Pause()            // one request at a time, so that the answers keep their order
			_, err := eventloop.Call(c.Net().Loop(), func(context.Context) ([]byte, error) {
				return os.ReadFile(name)
			}, func(text []byte, err error) {
				if err != nil {
					c.Abort(err)
					return
				}
				_ = c.Write(text) // an error says that the connection has ended meanwhile
				c.Resume()
			})
			if err != nil {
				c.Abort(err) // eventloop.ErrBusy: too many works wait
			}
		},
	}
}

// several serves on four loops until ctx is done.
func several(ctx context.Context, handler *stream.Handler) (err error) {
	loops, err := eventloop.OpenGroup(realdemux.NewHost(), 4, nil)
	if err != nil {
		log.Fatal(err)
	}
	g := stream.NewGroup(loops, nil)
	addr, err := g.Listen("127.0.0.1:7017", stream.SystemShares, handler)
	if err != nil {
		log.Fatal(err)
	}
	log.Print(addr)
	err = g.Run(ctx) // until another goroutine calls g.Shutdown, or ctx is done
	return err
}

// TestSeveral asks a server on several loops for files.
func TestSeveral(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	asked := make(chan error, 1)
	go func() {
		defer cancel()
		asked <- askForFiles(t.TempDir())
	}()
	if err := several(ctx, files()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-asked; err != nil {
		t.Error(err)
	}
}

func askForFiles(dir string) error {
	c, err := net.Dial("tcp", "127.0.0.1:7017")
	for end := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(end); time.Sleep(time.Millisecond) {
		c, err = net.Dial("tcp", "127.0.0.1:7017")
	}
	if err != nil {
		return err
	}
	want := ""
	for i := range 3 {
		name, text := filepath.Join(dir, fmt.Sprint(i)), fmt.Sprintf("text %d", i)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
		want += text
		if _, err := fmt.Fprintln(c, name); err != nil {
			return err
		}
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	got, err := io.ReadAll(c)
	if err == nil && string(got) != want {
		err = fmt.Errorf("the answer is %q, want %q", got, want)
	}
	return err
}
