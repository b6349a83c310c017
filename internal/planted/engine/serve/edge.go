package serve

import "reactortest/demux"

// edgeBudget is how much a connection may read in one turn, in bytes.
const edgeBudget = 2 * readSize

// Edge makes an engine with one loop, which waits for readiness in edge mode. A
// connection that has read its budget waits in a queue: its edge does not come again.
func Edge(h demux.Host) *Engine {
	p := common()
	p.Attach, p.Read = (*Conn).attachEdge, (*Conn).readEdge
	p.Arm = func(*Conn) {} // both directions are registered for good
	return newEngine(h, p)
}

func (c *Conn) attachEdge() error {
	return c.Loop.Demux.Register(c.Handle, c.Token, demux.Readable|demux.Writable, demux.Edge)
}

// readEdge reads until the socket has no more or the budget is spent.
func (c *Conn) readEdge() {
	for budget := edgeBudget; budget > 0; {
		b := c.Buffer()
		n, err := c.host().Read(c.Handle, b)
		if !c.Took(b[:n], err) {
			return
		}
		budget -= max(1, n)
	}
	c.Requeue()
}

// Requeue has the loop go on with reading in the next turn.
func (c *Conn) Requeue() {
	if !c.Queued {
		c.Queued = true
		c.Loop.Ready = append(c.Loop.Ready, c)
	}
}
