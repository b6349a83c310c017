package eventloop_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"reactortest/eventloop"
	"reactortest/realdemux"
)

// A worker reads a file and another one resolves a name. The loop has the results
// and meanwhile serves its handles.
func ExampleCall() {
	dir, _ := os.MkdirTemp("", "call")
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "motd")
	_ = os.WriteFile(file, []byte("Good morning!"), 0o600)

	l, err := eventloop.Open(realdemux.NewHost(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = eventloop.Call(l, func(context.Context) ([]byte, error) {
		return os.ReadFile(file)
	}, func(text []byte, err error) {
		fmt.Println(string(text), err)
		_, err = eventloop.Call(l, func(ctx context.Context) ([]string, error) {
			return net.DefaultResolver.LookupHost(ctx, "127.0.0.1")
		}, func(addrs []string, err error) {
			fmt.Println(addrs, err)
		})
		if err != nil {
			fmt.Println(err)
		}
	})
	if err != nil {
		fmt.Println(err)
	}
	_ = l.RunWhileAlive() // until both are done
	_ = l.Close()
	// Output:
	// Good morning! <nil>
	// [127.0.0.1] <nil>
}
