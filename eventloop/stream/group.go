package stream

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"

	"reactortest/demux"
	"reactortest/eventloop"
)

// Group has a Net on each loop of an eventloop.Group, and spreads connections over them. All
// callbacks of a connection run in the thread of its loop; those of connections of different
// loops overlap.
type Group struct {
	group  *eventloop.Group
	nets   []*Net
	inbox  []inbox // of the nets
	next   atomic.Uint32
	stop   atomic.Bool
	listen []*Listener
}

// inbox has connections that were accepted in another thread.
type inbox struct {
	mu    sync.Mutex // never held over a call
	conns []handed
}

type handed struct {
	listener *Listener
	handle   demux.Handle
}

// NewGroup makes a Net on each of the loops. o is the options of each.
func NewGroup(g *eventloop.Group, o *Options) *Group {
	s := &Group{group: g, inbox: make([]inbox, len(g.Loops()))}
	for _, l := range g.Loops() {
		s.nets = append(s.nets, New(l, o))
	}
	return s
}

// Nets returns the Net of each loop. Before Run, the caller may use all of them.
func (g *Group) Nets() []*Net { return g.nets }

// Sharing says how the connections of an address come to the loops.
type Sharing uint8

const (
	// SystemShares gives each loop a listener of its own, and the system spreads the
	// connections (demux.SharedHost). Where it cannot, it is HandOver.
	SystemShares Sharing = iota
	// HandOver has the first loop accept, and hand the connections to all loops in turn.
	HandOver
)

// Listen accepts connections on a TCP address in all loops. The callbacks of handler are called
// in all of them, at the same time. Call it before Run. It returns the address that the
// listeners are bound to, and errors as Net.Listen does.
func (g *Group) Listen(addr string, sharing Sharing, handler *Handler) (netip.AddrPort, error) {
	shared, can := g.nets[0].host.(demux.SharedHost)
	if can && sharing == SystemShares && len(g.nets) > 1 {
		at, err := g.listenShared(shared, addr, handler)
		if !errors.Is(err, errors.ErrUnsupported) {
			return at, err
		}
	}
	l, err := g.nets[0].Listen(addr, handler)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if len(g.nets) > 1 {
		l.hand = g.hand
	}
	g.listen = append(g.listen, l)
	return l.addr, nil
}

func (g *Group) listenShared(host demux.SharedHost, addr string, handler *Handler) (at netip.AddrPort, err error) {
	var all []*Listener
	for _, n := range g.nets {
		if err = n.canOperate(); err != nil {
			break
		}
		var h demux.Handle
		if h, at, err = host.ListenShared(addr, n.o.Backlog); err != nil {
			break
		}
		addr = at.String() // the others take the port that the system has chosen
		var l *Listener
		if l, err = n.listen(&Listener{net: n, handler: handler, handle: h, addr: at, tcp: true}); err != nil {
			break
		}
		all = append(all, l)
	}
	if err != nil {
		for _, l := range all {
			_ = l.Close()
		}
		return netip.AddrPort{}, err
	}
	g.listen = append(g.listen, all...)
	return at, nil
}

// hand gives a connection to the next Net. It runs in the thread of the first loop.
func (g *Group) hand(l *Listener, h demux.Handle) {
	i := int((g.next.Add(1) - 1) % uint32(len(g.nets)))
	n := g.nets[i]
	if n == l.net {
		n.accepted(l, h)
		return
	}
	in := &g.inbox[i]
	in.mu.Lock()
	in.conns = append(in.conns, handed{l, h})
	in.mu.Unlock()
	_ = n.loop.Post(func() { g.take(i) }) // ErrClosed: Run closes the handle
}

// take begins to serve what was handed to a Net, in its thread.
func (g *Group) take(i int) {
	n := g.nets[i]
	for _, x := range g.handedTo(i) {
		if n.closed {
			_ = n.host.Close(x.handle)
			continue
		}
		n.accepted(x.listener, x.handle)
	}
}

func (g *Group) handedTo(i int) []handed {
	in := &g.inbox[i]
	in.mu.Lock()
	defer in.mu.Unlock()
	all := in.conns
	in.conns = nil
	return all
}

// Run runs the loops, as eventloop.Group.Run does, and ends what is left of the connections
// then, as Net.Close does. Run can be called once. On a real host a panic in another loop than
// the first ends the program.
func (g *Group) Run(ctx context.Context) error {
	err := g.group.Run(ctx)
	for i, n := range g.nets {
		for _, x := range g.handedTo(i) {
			_ = n.host.Close(x.handle)
		}
		n.Close()
		_, _ = n.loop.RunOnce(0) // ErrClosed: it calls what Close has left to be called
	}
	return err
}

// Shutdown stops accepting, closes all connections as Conn.Close does, and ends each loop when
// its last connection has ended. Run returns then. Any goroutine may call it; before Run, it
// takes effect when Run begins. A second Shutdown does nothing.
func (g *Group) Shutdown() {
	if g.stop.Swap(true) {
		return
	}
	// The first loop accepts. What it has handed to another loop is taken there before that
	// loop shuts down, because posts run in their order.
	_ = g.nets[0].loop.Post(func() {
		for i := len(g.nets) - 1; i >= 0; i-- {
			n := g.nets[i]
			shut := func() { n.Shutdown(func() { _ = n.loop.Close() }) }
			if i == 0 {
				shut()
			} else {
				_ = n.loop.Post(shut) // ErrClosed: it has ended
			}
		}
	})
}
