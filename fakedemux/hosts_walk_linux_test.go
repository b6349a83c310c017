package fakedemux_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/realdemux"
)

// walkSlots are where a walk keeps handles.
const walkSlots = 5

// noSuchHandle is the number of a handle that is never open.
const noSuchHandle = demux.Handle(1 << 20)

// hostWalk is one of the two hosts that make the same calls.
type hostWalk struct {
	fullHost
	dir   string
	slots [walkSlots]demux.Handle
	kinds [walkSlots]string // what made the handle, "" for none
	names map[netip.AddrPort]string
	ports [walkSlots]netip.AddrPort // of the datagram socket that a slot had last
}

func newHostWalk(h fullHost, dir string) *hostWalk {
	w := &hostWalk{fullHost: h, dir: dir, names: map[netip.AddrPort]string{}}
	for i := range w.slots {
		w.slots[i] = noSuchHandle
	}
	return w
}

// hostCall is one call with its arguments.
type hostCall struct {
	call string
	slot int // of the handle, or where the new handle goes
	from int // the slot of a handle that another one is made of
	size []int
	name int
}

func (c hostCall) String() string {
	return fmt.Sprintf("%s slot %d from %d sizes %v name %d", c.call, c.slot, c.from, c.size, c.name)
}

// walkCalls are what a walk draws from. The calls that move data come more often.
var walkCalls = []string{
	"Pair", "Pipe", "ListenUnix", "ConnectUnix", "Accept", "Accept", "RemoveUnix", "Datagram", "Dup", "Close", "Close", "CloseWrite",
	"WriteVector", "WriteVector", "WriteVector", "Read", "Read", "SendTo", "SendTo", "SendTo", "ReceiveFrom", "ReceiveFrom",
	"SetNoDelay", "SetReset", "ConnectResult",
}

// walkFits are the handles that calls are made for.
var walkFits = map[string]string{
	"Accept": "ListenUnix", "SendTo": "Datagram", "ReceiveFrom": "Datagram", "WriteVector": "Pair ConnectUnix Accept Pipe",
	"Read": "Pair ConnectUnix Accept Pipe", "CloseWrite": "Pair ConnectUnix Accept",
}

// drawSlot draws the slot of a handle, which mostly fits the call.
func (w *hostWalk) drawSlot(t *rapid.T, call, label string) int {
	var fits []int
	for i, kind := range w.kinds {
		if kind != "" && strings.Contains(walkFits[call], kind) {
			fits = append(fits, i)
		}
	}
	if len(fits) > 0 && rapid.IntRange(0, 3).Draw(t, "fits") > 0 {
		return rapid.SampledFrom(fits).Draw(t, label)
	}
	return rapid.IntRange(0, walkSlots-1).Draw(t, label)
}

func (w *hostWalk) draw(t *rapid.T) hostCall {
	c := hostCall{
		call: rapid.SampledFrom(walkCalls).Draw(t, "call"),
		size: rapid.SliceOfN(rapid.IntRange(0, 9), 0, 4).Draw(t, "sizes"),
		name: rapid.IntRange(0, 2).Draw(t, "name"),
	}
	c.slot, c.from = w.drawSlot(t, c.call, "slot"), w.drawSlot(t, c.call, "from")
	return c
}

// puts keeps a new handle.
func (w *hostWalk) puts(call string, slot int, h demux.Handle, err error) string {
	if err == nil {
		w.kinds[slot] = call
		if old := w.slots[slot]; old != noSuchHandle {
			_ = w.Close(old)
		}
		w.slots[slot] = h
	}
	return result(err)
}

// do makes a call, and tells what can be seen of it.
func (w *hostWalk) do(c hostCall) string {
	h, path := w.slots[c.slot], fmt.Sprintf("%s/%d", w.dir, c.name)
	switch c.call {
	case "Pair":
		a, b, err := w.Pair()
		return w.puts(c.call, c.slot, a, err) + w.puts(c.call, (c.slot+1)%walkSlots, b, err)
	case "Pipe":
		a, b, err := w.Pipe()
		return w.puts(c.call, c.slot, a, err) + w.puts(c.call, (c.slot+1)%walkSlots, b, err)
	case "ListenUnix":
		x, err := w.ListenUnix(path, c.name)
		return w.puts(c.call, c.slot, x, err)
	case "ConnectUnix":
		x, err := w.ConnectUnix(path)
		return w.puts(c.call, c.slot, x, err)
	case "Accept":
		x, err := w.Accept(w.slots[c.from])
		return w.puts(c.call, c.slot, x, err)
	case "Dup":
		x, err := w.Dup(w.slots[c.from])
		return w.puts(w.kinds[c.from], c.slot, x, err)
	case "RemoveUnix":
		return result(w.RemoveUnix(path))
	case "Datagram":
		x, at, err := w.Datagram("127.0.0.1:0")
		w.names[at] = fmt.Sprint("socket ", len(w.names))
		w.ports[c.slot] = at
		return w.puts(c.call, c.slot, x, err)
	case "Close":
		w.slots[c.slot], w.kinds[c.slot] = noSuchHandle, ""
		return result(w.Close(h))
	case "CloseWrite":
		return result(w.CloseWrite(h))
	case "SetNoDelay":
		return result(w.SetNoDelay(h, c.name > 1))
	case "SetReset":
		return result(w.SetReset(h))
	case "ConnectResult":
		return result(w.ConnectResult(h))
	default:
		return w.moves(h, c)
	}
}

// moves makes a call that moves data.
func (w *hostWalk) moves(h demux.Handle, c hostCall) string {
	var bufs [][]byte
	for i, n := range c.size {
		bufs = append(bufs, []byte(strings.Repeat(string(rune('a'+i)), n)))
	}
	total := 0
	for _, n := range c.size {
		total += n
	}
	b := make([]byte, total)
	switch c.call {
	case "WriteVector":
		n, err := w.WriteVector(h, bufs)
		return fmt.Sprint(n, " ", result(err))
	case "Read":
		n, err := w.Read(h, b)
		return fmt.Sprintf("%q %s", b[:n], result(err))
	case "SendTo":
		n, err := w.SendTo(h, b, w.ports[c.from])
		return fmt.Sprint(n, " ", result(err))
	default: // ReceiveFrom
		n, from, err := w.ReceiveFrom(h, b)
		return fmt.Sprintf("%d of %q %s", n, w.names[from], result(err))
	}
}

// waits waits until a call finds something: a datagram may be on its way.
func (w *hostWalk) waits(c hostCall) bool {
	d, err := w.Open()
	if err != nil || c.call != "ReceiveFrom" && c.call != "Read" {
		return false
	}
	defer d.Close()
	if d.Register(w.slots[c.slot], 1, demux.Readable, demux.Level) != nil {
		return false
	}
	n, err := d.Wait(make([]demux.Event, 1), patience)
	return n == 1 && err == nil
}

// end closes what is open.
func (w *hostWalk) end() {
	for _, h := range w.slots {
		if h != noSuchHandle {
			_ = w.Close(h)
		}
	}
}

// TestHostWalksOnBothKernels makes drawn calls on the simulated Linux and on the running
// one: every result is the same.
func TestHostWalksOnBothKernels(t *testing.T) {
	t.Chdir(t.TempDir()) // the path of a socket is short
	seen := map[string]int{}
	walk := 0
	rapid.Check(t, func(t *rapid.T) {
		walk++
		dir := fmt.Sprint(walk)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		k := direct(fakedemux.Options{First: 3, StreamBuffer: 1 << 17})
		if e := k.BSD().Mkdir("/" + dir); e != 0 {
			t.Fatal(e)
		}
		simulated, running := newHostWalk(k, dir), newHostWalk(realdemux.NewHost().(fullHost), dir)
		defer simulated.end()
		defer running.end()
		var log []string
		for range rapid.IntRange(40, 200).Draw(t, "calls") {
			c := simulated.draw(t)
			if c.call == "ConnectResult" && simulated.kinds[c.slot] == "ListenUnix" {
				continue // realdemux asks poll(2), and takes a listener for an attempt that goes on
			}
			want := simulated.do(c)
			got := running.do(c)
			if got != want && strings.HasSuffix(got, "EAGAIN") && running.waits(c) {
				got = running.do(c)
			}
			log = append(log, fmt.Sprintf("%v = %s", c, want))
			if got != want {
				t.Fatalf("simulated and running kernel differ after\n\t%s\nrunning: %s", strings.Join(log, "\n\t"), got)
			}
			seen[c.call+" "+want[strings.LastIndex(" "+want, " "):]]++
		}
	})
	for _, outcome := range []string{
		"WriteVector ok", "WriteVector EPIPE", "WriteVector EBADF", "ConnectUnix ok", "ConnectUnix ECONNREFUSED", "ConnectUnix ENOENT",
		"ListenUnix EADDRINUSE", "Accept EAGAIN", "SendTo ok", "ReceiveFrom ok", "ReceiveFrom EAGAIN", "SetNoDelay EOPNOTSUPP", "Read ok",
	} {
		if seen[outcome] == 0 && !testing.Short() { // which makes few walks
			t.Errorf("no walk has met %s", outcome)
		}
	}
	t.Log(seen)
}
