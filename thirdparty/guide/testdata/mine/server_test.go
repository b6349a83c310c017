package mine

import (
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
)

func TestEngine(t *testing.T) {
	proptest.TestEngineGoroutines(t, func(testing.TB, demux.Host) proptest.Engine { return &engine{} })
}

// engine is a Server that is judged.
type engine struct{ Server }

func (e *engine) Serve(addr string, h proptest.EngineHandler) error {
	e.Ready = h.Ready
	e.Open = func(c *Conn) []byte {
		c.Session = &conn{c}
		return h.Open(c.Session.(*conn))
	}
	e.Data = func(c *Conn, b []byte) bool { return h.Data(c.Session.(*conn), b) }
	e.Closed = func(c *Conn, err error) { h.Closed(c.Session.(*conn), err) }
	return e.Server.Serve(addr)
}

func (e *engine) Stop() error {
	e.Server.Stop()
	return nil
}

func (e *engine) Declare() proptest.EngineDeclared {
	return proptest.EngineDeclared{
		Unbuffered: true,
		Source:     map[string]string{"Unbuffered": "package mine: system calls that block"},
	}
}

type conn struct{ *Conn }

func (c *conn) Async(b []byte) error { return c.Write(b) }

func (c *conn) Close() error {
	c.Conn.Close()
	return nil
}
