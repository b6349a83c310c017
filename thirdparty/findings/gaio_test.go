package findings

import (
	"net"
	"testing"
	"time"

	"github.com/xtaci/gaio"
)

// TestGaioReadFull has 5 bytes and the end of the stream wait behind a byte that was read:
// a ReadFull of 10 bytes does not return, or claims to have read 10.
func TestGaioReadFull(t *testing.T) {
	w, err := gaio.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the test is over
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the test is over
	client := dial(t, l.Addr().String())
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan gaio.OpResult, 16)
	go func() {
		for {
			all, err := w.WaitIO()
			if err != nil {
				return
			}
			for _, r := range all {
				results <- r
			}
		}
	}()
	if err := w.Read(nil, server, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_, _ = client.Write([]byte("x"))
	if _, ok := await(results); !ok {
		t.Fatal("the first read has no result")
	}
	_, _ = client.Write([]byte("hello"))
	_ = client.CloseWrite()
	time.Sleep(100 * time.Millisecond)
	if err := w.ReadFull(nil, server, make([]byte, 10), time.Time{}); err != nil {
		t.Fatal(err)
	}
	r, ok := await(results)
	t.Logf("ReadFull has a result: %v, %d bytes, %v", ok, r.Size, r.Error)
	if ok && r.Size == 5 {
		t.Errorf("ReadFull has the result %d bytes, %v: the finding is mended", r.Size, r.Error)
	}
}

// TestGaioWriteWithoutADescriptor has two writes of a new connection wait, while no
// descriptor is left to duplicate its own: the first fails, the second is sent.
func TestGaioWriteWithoutADescriptor(t *testing.T) {
	inChild(t, "the peer has got second", func() string {
		w, err := gaio.NewWatcher()
		if err != nil {
			return err.Error()
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err.Error()
		}
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err.Error()
		}
		server, err := l.Accept()
		if err != nil {
			return err.Error()
		}
		restore, err := noDescriptor()
		if err != nil {
			return err.Error()
		}
		if err := w.Write(nil, server, []byte("first")); err != nil {
			return err.Error()
		}
		time.Sleep(100 * time.Millisecond) // the watcher has tried
		if err := restore(); err != nil {
			return err.Error()
		}
		if err := w.Write(nil, server, []byte("second")); err != nil {
			return err.Error()
		}
		b := make([]byte, 16)
		_ = client.SetReadDeadline(time.Now().Add(patience))
		n, err := client.Read(b)
		if err != nil {
			return err.Error()
		}
		return "the peer has got " + string(b[:n])
	})
}
