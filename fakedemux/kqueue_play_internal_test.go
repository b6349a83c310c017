package fakedemux

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/scheduler"
)

// play is where a row of the table is played on one system.
type play struct {
	BSD
	t  *testing.T
	k  *Kernel
	kq int
}

const wrong = kqueues.AnswerCount // an answer that no row has

func newPlay(t *testing.T, p *kqueue.Profile) *play {
	t.Helper()
	k := New(&Options{
		Dialect: "kqueue-" + p.Name, Runner: scheduler.NewDirect(), Budget: scheduler.Budget{Time: math.MaxInt64}, StreamBuffer: 8192,
	})
	w := &play{BSD: k.BSD(), t: t, k: k}
	w.kq, _ = w.Kqueue()
	return w
}

func (w *play) rule(c kqueues.Cell) kqueues.Answer { return kqueues.RulesOf(w.p)[c] }

// change makes one change, without room for an event.
func (w *play) change(filter int32, ident int, flags, fflags uint32, data int64) kqueue.Errno {
	_, e := w.Kevent(w.kq, []kqueue.Kevent{{
		Ident: uint64(ident), Filter: filter, Flags: flags, Fflags: fflags, Data: data, Udata: 7,
	}}, nil, nil)
	return e
}

// add adds a knote, and fails the test if that fails.
func (w *play) add(filter int32, ident int, flags, fflags uint32, data int64) {
	w.t.Helper()
	if e := w.change(filter, ident, kqueue.Add|flags, fflags, data); e != 0 {
		w.t.Errorf("%s: EV_ADD of filter %d: %d %s", w.p.Name, filter, e, e.Name())
	}
}

// take returns what a Kevent reports at once.
func (w *play) take() []kqueue.Kevent { return w.takeFrom(w.kq) }

func (w *play) takeFrom(kq int) []kqueue.Kevent {
	events := make([]kqueue.Kevent, 8)
	n, e := w.Kevent(kq, nil, events, &kqueue.Timespec{})
	if e != 0 {
		w.t.Errorf("%s: Kevent: %s", w.p.Name, e.Name())
		return nil
	}
	return events[:n]
}

// one returns the only event, with Filter -99 if there is not one.
func (w *play) one() kqueue.Kevent {
	got := w.take()
	if len(got) != 1 {
		return kqueue.Kevent{Filter: -99, Data: -99}
	}
	return got[0]
}

// refusal is the answer that an error number is.
func (w *play) refusal(e kqueue.Errno) kqueues.Answer {
	switch {
	case e == 0:
		return kqueues.AnswerAccepted
	case e == kqueue.EINVAL:
		return kqueues.AnswerEINVAL
	case e == w.p.EOPNOTSUPP:
		return kqueues.AnswerEOPNOTSUPP
	case e == kqueue.ENOTSUP:
		return kqueues.AnswerENOTSUP
	case e == kqueue.EBADF:
		return kqueues.AnswerEBADF
	case e == kqueue.EPERM:
		return kqueues.AnswerEPERM
	case e == kqueue.ENOENT:
		return kqueues.AnswerENOENT
	case e == kqueue.ERANGE:
		return kqueues.AnswerERANGE
	case e == kqueue.EPIPE:
		return kqueues.AnswerEPIPE
	case e == NotSimulated && w.k.NotSimulated() != "":
		return kqueues.AnswerNotSimulated
	default:
		return wrong
	}
}

// adds is what EV_ADD answers.
func (w *play) adds(filter int32, ident int) kqueues.Answer {
	return w.refusal(w.change(filter, ident, kqueue.Add, 0, 0))
}

// is is the answer a if what was expected was seen.
func is(seen bool, a kqueues.Answer) kqueues.Answer {
	if seen {
		return a
	}
	return wrong
}

// either is the answer a if it was seen, and else b.
func either(seen bool, a, b kqueues.Answer) kqueues.Answer {
	if seen {
		return a
	}
	return b
}

func (w *play) pair() (a, b int) {
	x, y, err := w.k.Pair()
	if err != nil {
		w.t.Fatal(err)
	}
	return int(x), int(y)
}

func (w *play) pipe() (r, wr int) {
	r, wr, _ = w.Pipe(true)
	return r, wr
}

// fifo returns the ends of the FIFO p.
func (w *play) fifo() (r, wr int) {
	_ = w.Mkfifo("p")
	r, _ = w.Open("p", BSDOpenRead|BSDOpenNonblock)
	wr, _ = w.Open("p", BSDOpenWrite|BSDOpenNonblock)
	return r, wr
}

// tcp returns the ends of a connection.
func (w *play) tcp() (a, b int) {
	l, at, err := w.k.Listen("127.0.0.1:0", 4)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := w.k.Connect(at)
	if err != nil {
		w.t.Fatal(err)
	}
	w.k.Sleep(time.Second)
	s, err := w.k.Accept(l)
	if err != nil {
		w.t.Fatal(err)
	}
	return int(c), int(s)
}

func (w *play) socket(kind int) int {
	fd, e := w.k.Linux().Socket(FamilyIPv4, kind|epollNonblock)
	if e != 0 {
		w.t.Fatal(e)
	}
	return fd
}

const epollNonblock = 0x800

// open opens a new file of four bytes, whose offset is at its end.
func (w *play) open(path string) int {
	fd, e := w.Open(path, BSDOpenBoth|BSDOpenCreate)
	if e != 0 {
		w.t.Fatal(e.Name())
	}
	_, _ = w.Write(fd, []byte("four"))
	return fd
}

// noted makes something happen to what fd names, and is the answer of the notes.
func (w *play) noted(fd int, happens func()) kqueues.Answer {
	all := uint32(0x7f)
	if w.p.System == "openbsd" {
		all |= kqueues.NoteTruncate
	}
	w.add(w.p.Vnode, fd, kqueue.Clear, all, 0)
	if got := w.take(); len(got) > 0 {
		w.t.Errorf("%s: notes before anything has happened: %+v", w.p.Name, got)
	}
	happens()
	got := w.take()
	if len(got) == 0 {
		return kqueues.AnswerSilent
	}
	ev := got[0]
	for a, notes := range map[kqueues.Answer]uint32{
		kqueues.AnswerNoteDelete: kqueue.NoteDelete, kqueues.AnswerNoteDeleteLink: kqueue.NoteDelete | kqueue.NoteLink,
		kqueues.AnswerNoteLink: kqueue.NoteLink, kqueues.AnswerNoteWrite: kqueue.NoteWrite,
		kqueues.AnswerNoteWriteExtend: kqueue.NoteWrite | kqueue.NoteExtend, kqueues.AnswerNoteWriteLink: kqueue.NoteWrite | kqueue.NoteLink,
		kqueues.AnswerNoteAttrib: kqueue.NoteAttrib, kqueues.AnswerNoteAttribExtend: kqueue.NoteAttrib | kqueue.NoteExtend,
		kqueues.AnswerNoteAttribTruncate: kqueue.NoteAttrib | kqueues.NoteTruncate, kqueues.AnswerNoteRename: kqueue.NoteRename,
	} {
		if ev.Filter == w.p.Vnode && ev.Fflags == notes {
			return a
		}
	}
	w.t.Errorf("%s: notes %#x", w.p.Name, ev.Fflags)
	return wrong
}

// TestEveryCell plays every row of the table on every system.
func TestEveryCell(t *testing.T) {
	for c := range kqueues.Cells {
		row := kqueues.Cells[c]
		do := plays[kqueues.Cell(c)]
		if do == nil || row.Filter == "" || row.Happening == "" {
			t.Errorf("row %d, %q %q %q, is not played, or has no text", c, row.Filter, row.Object, row.Happening)
			continue
		}
		for i, p := range kqueue.Profiles() {
			want := kqueues.AllRules[i][c]
			if want == kqueues.AnswerNone && !p.HasUser && row.Filter == "EVFILT_USER" {
				continue
			}
			if got := do(newPlay(t, p)); got != want {
				t.Errorf("%s: %s, %s, %s: got %q, want %q", p.Name, row.Filter, row.Object, row.Happening, answerWord(got), kqueues.AnswerWords[want])
			}
		}
	}
}

func answerWord(a kqueues.Answer) string {
	if a < kqueues.AnswerCount {
		return kqueues.AnswerWords[a]
	}
	return "something else"
}

// TestTableIsWhole: every row says something of every system, with a source.
func TestTableIsWhole(t *testing.T) {
	if got, want := len(kqueues.Columns), len(kqueue.Profiles()); got != want {
		t.Fatalf("%d columns for %d profiles", got, want)
	}
	for c := range kqueues.Cells {
		for i, p := range kqueue.Profiles() {
			said := false
			for _, s := range kqueues.Cells[c].Says {
				said = said || s.Systems&kqueues.Columns[i] != 0
				if s.Source == "" || s.Answer >= kqueues.AnswerCount || kqueues.AnswerWords[s.Answer] == "" {
					t.Errorf("row %d: an answer without a word or a source", c)
				}
			}
			if !said {
				t.Errorf("row %d, %s: nothing is said of %s", c, kqueues.Cells[c].Happening, p.Name)
			}
			if c == int(kqueues.CellClosed) && (kqueues.AllRules[i][c] == kqueues.AnswerENOENT) != p.EnoentFirst {
				t.Errorf("%s: the profile and the table differ about a closed descriptor", p.Name)
			}
		}
	}
}

func loopbackPort(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
}

func handle(fd int) demux.Handle { return demux.Handle(fd) }
