package server

import (
	"strings"
	"testing"
	"time"

	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// drawMany draws workloads as a search does.
func drawMany(t *testing.T, n int, f func(w *workload)) {
	t.Helper()
	random := scheduler.NewRandom(1)
	for run := range n {
		random.Begin(run)
		rec := scheduler.NewRecorder(10_000)
		rec.Begin(random)
		f(drawWorkload(core.NewDrawer(rec)))
	}
}

// TestTextOfWorkloads reads what was written, of drawn workloads.
func TestTextOfWorkloads(t *testing.T) {
	longest := 0
	seen := make([]bool, len(features))
	drawMany(t, 2000, func(w *workload) {
		text := w.String()
		longest = max(longest, len(text))
		again, err := parseWorkload(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := again.String(); got != text {
			t.Fatalf("%s is read as %s", text, got)
		}
		for i, f := range features {
			seen[i] = seen[i] || f.has(w)
		}
		if c := w.Cost(); c.Calls <= 0 || c.Calls > 2_000_000 || c.Time > 3*time.Minute {
			t.Errorf("%s costs %+v", text, c)
		}
	})
	if longest > 2000 {
		t.Errorf("the longest text has %d bytes", longest)
	}
	for i, f := range features {
		if !seen[i] {
			t.Errorf("no workload has: %s", f.name)
		}
	}
	if got, want := plainWorkload().String(), "e1+peer.1,write.5,fin"; got != want {
		t.Errorf("the plain workload is %s, want %s", got, want)
	}
}

func TestBadTexts(t *testing.T) {
	for _, tt := range []struct{ why, text, says string }{
		{why: "another version", text: "e2+peer.1,fin", says: "e1"},
		{why: "an unknown element", text: "e1+pear.1,fin", says: "peer, reply"},
		{why: "a peer without an end", text: "e1+peer.1,write.5", says: "END one of"},
		{why: "a peer that is none", text: "e1+peer.0,fin", says: "at least 1"},
		{why: "a peer's unknown word", text: "e1+peer.1,wait.5,fin", says: `"wait.5"`},
		{why: "a peer's end with a number", text: "e1+peer.1,fin.5", says: "not a duration"},
		{why: "a word with an atom too many", text: "e1+peer.1,write.5.5,fin", says: "write.5.5"},
		{why: "too many peers", text: "e1+peer.60,fin+peer.60,fin", says: "at most 100 peers"},
		{why: "too many operations", text: "e1+peer.1" + strings.Repeat(",write.1", 33) + ",fin", says: "at most 32"},
		{why: "the default", text: "e1+peer.1,fin+reply.echo", says: "default"},
		{why: "no number", text: "e1+peer.1,fin+greet.x", says: "greet.BYTES"},
		{why: "async with a number", text: "e1+peer.1,fin+async.1", says: "alone"},
		{why: "elements in another order", text: "e1+async+peer.1,fin", says: "order"},
		{why: "a default that is written", text: "e1+peer.1,at.0ms,fin", says: "is written"},
		{why: "a timer with another word", text: "e1+timer.1ms,stop.1ms", says: "cancel"},
		{why: "a timer with three words", text: "e1+timer.1ms,cancel.1ms,cancel.1ms", says: "cancel"},
		{why: "a word too many", text: "e1+stop.1ms,stop.1ms", says: "several words"},
		{why: "too many wakes", text: "e1" + strings.Repeat("+wake.1ms", 33), says: "at most 32"},
		{why: "too many timers", text: "e1" + strings.Repeat("+timer.1ms", 33), says: "at most 32"},
		{why: "a shortage without a length", text: "e1+shortage.1ms", says: "shortage.TIME.LENGTH.DESCRIPTORS"},
		{why: "a time that is too long", text: "e1+stop.2h", says: "not a duration"},
	} {
		_, err := suite{}.Parse(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %q: %v, want an error that says %q", tt.why, tt.text, err, tt.says)
		}
	}
	for _, text := range []string{core.PlainWorkload, "e1", "e1+peer.1,stay.1ms+timer.1ms,cancel.0ms"} {
		if _, err := (suite{}).Parse(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestSimplerElements reads every simpler version of drawn elements, and follows each
// chain of them to its end.
func TestSimplerElements(t *testing.T) {
	drawMany(t, 200, func(w *workload) {
		elements, err := core.ParseElements(w.String(), version)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range elements {
			for steps := 0; ; steps++ {
				simpler := suite{}.Simplify(e)
				for _, other := range simpler {
					if _, err := parseWorkload(version + "+" + other.String()); err != nil {
						t.Fatalf("%s is simplified to %s: %v", e, other, err)
					}
				}
				if len(simpler) == 0 {
					break
				}
				if e = simpler[len(simpler)-1]; steps > 100 {
					t.Fatalf("%s has no simplest version", e)
				}
			}
		}
	})
}

func TestRules(t *testing.T) {
	names := map[string]bool{}
	for i, p := range Properties() {
		if p.Name == "" || p.Rule == "" || p.Why == "" || names[p.Name] {
			t.Errorf("rule %d is %+v", i, p)
		}
		names[p.Name] = true
	}
}

// TestStreams checks the bytes of peers and of answers.
func TestStreams(t *testing.T) {
	for id := range 128 {
		if b := sentBytes(id, 0, 3); int(b[0]) != id {
			t.Errorf("peer %d begins with %d", id, b[0])
		}
		for stream := range streams {
			if b := answerByte(id, stream, 0); int(b&^streamBit) != id || int(b/streamBit) != stream {
				t.Errorf("stream %d of connection %d begins with %#02x", stream, id, b)
			}
		}
	}
	if at := firstWrong(sentBytes(3, 70_000, 500), 3, 70_000); at >= 0 {
		t.Errorf("byte %d is wrong", at)
	}
	if at := firstWrong(sentBytes(4, 70_000, 500), 3, 70_000); at < 70_000 {
		t.Errorf("the bytes of another peer: byte %d is wrong", at)
	}
	a := &answers{number: 7}
	x, y, z := a.give(byCallback, 3), a.give(byThread, 2), a.give(byCallback, 2)
	for _, tt := range []struct {
		why   string
		bytes [][]byte
		wrong bool
	}{
		{why: "in order", bytes: [][]byte{x, y, z}},
		{why: "the threads' first", bytes: [][]byte{y, x, z}},
		{why: "in parts", bytes: [][]byte{x[:1], x[1:], z, y[:1], y[1:]}},
		{why: "torn", bytes: [][]byte{x[:1], y, x[1:], z}, wrong: true},
		{why: "twice", bytes: [][]byte{x, x}, wrong: true},
		{why: "lost", bytes: [][]byte{x, z[1:]}, wrong: true},
		{why: "too many", bytes: [][]byte{x, y, z, y}, wrong: true},
	} {
		c, wrong := newChecker(), ""
		for _, b := range tt.bytes {
			if text := c.check(b, a); wrong == "" {
				wrong = text
			}
		}
		if (wrong != "") != tt.wrong {
			t.Errorf("%s: %q", tt.why, wrong)
		}
	}
}
