//go:build !nbio_before_async

package nbioengine

import (
	"testing"

	"github.com/lesismal/nbio"
	"github.com/lesismal/nbio/taskpool"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/thirdparty/internal/judge"
)

// lost is why rules about data do not hold on the running kernel.
const lost = "asynchronous reads lose data; findings.TestNbioAsync and TestNbioAsyncDefault show how"

var asynchronous = nbio.Config{EpollMod: nbio.EPOLLET, AsyncReadInPoller: true}

func init() {
	known := map[string]string{
		"ready-is-served": lost, "half-close-drains": lost, "half-close-answers": lost, "close-runs-once": lost, "accept-survives-exhaustion": lost, "bytes-intact": lost,
		"error-stays-local": lost, "write-completes-or-fails": lost, "stop-completes": waits,
	}
	Subjects = append(Subjects,
		judge.Subject{Name: "edge-async", New: with(asynchronous), Real: known},
		judge.Subject{Name: "edge-async-pool", New: func(testing.TB, demux.Host) server.Engine {
			return &pooled{engine: &engine{config: asynchronous, done: make(chan struct{})}}
		}, Real: known},
	)
}

// pooled is nbio with a pool of the program's own for asynchronous reads: that of nbio has
// buffers of 0 bytes.
type pooled struct {
	*engine
	pool *taskpool.IOTaskPool
}

// Serve starts the pool, and nbio.
func (p *pooled) Serve(addr string, h server.Handler) error {
	p.pool = taskpool.NewIO(16, 1024, 16384)
	p.config.IOExecute = p.pool.Go
	return p.engine.Serve(addr, h)
}

// Stop stops them.
func (p *pooled) Stop() error {
	err := p.engine.Stop()
	p.pool.Stop()
	return err
}
