package fakedemux

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/kqueues"
)

const kqueuePage = "../docs/kqueue.md"

var update = flag.Bool("update", false, "write docs/kqueue.md again")

// versions are the versions of the files that the answers come from.
const versions = "| system | profiles | files as of |\n|---|---|---|\n" +
	"| darwin | kqueue-darwin | apple-oss-distributions/xnu, commits 1031c584 and 836167ae |\n" +
	"| dragonfly | kqueue-dragonfly | DragonFlyBSD, sys/kern/kern_event.c with EVFILT_USER and KEVENT_SCAN markers, 6.x; sys/kern/sys_pipe.c with bufferA and bufferB |\n" +
	"| freebsd | kqueue-freebsd | FreeBSD 14, sys/kern/kern_event.c as CTSRD-CHERI/cheribsd has it in commit 01a01b30 |\n" +
	"| netbsd | kqueue-netbsd | NetBSD 10, sys/kern/kern_event.c after revision 1.140 (knote_proc_exit, filt_timercompute) |\n" +
	"| netbsd | kqueue-netbsd-9 | NetBSD 9, sys/kern/kern_event.c before revision 1.110 |\n" +
	"| openbsd | kqueue-openbsd | OpenBSD 7.8, sys/sys/event.h 1.74 of May 2025 and sys/kern/kern_event.c of that time |\n" +
	"| openbsd | kqueue-openbsd-7.7 | OpenBSD 7.4 to 7.7: the same without EVFILT_USER |\n" +
	"| openbsd | kqueue-openbsd-7.3 | OpenBSD 7.3, sys/kern/kern_event.c with filt_timer_timeout_add |\n"

// kqueueDocs prints docs/kqueue.md.
func kqueueDocs() string {
	var b strings.Builder
	b.WriteString(`# What the kqueues of the systems do

Read this page when a loop passes on one BSD and fails on another, or when you want to know where a behavior of a
simulated kqueue comes from. The simulation looks its answers up in a table, and this page is printed from that table, so
do not edit it. To print it again, and to play every row on every system:

`)
	b.WriteString("```sh\ngo test ./fakedemux -run 'TestKqueuePage|TestEveryCell' -update\n```\n\n")
	b.WriteString("A profile whose name ends in a release stands for that release; a name without one stands for the newest.\n\n")
	b.WriteString(versions)
	b.WriteString("\n## Sizes\n\nIn bytes. *PIPE_BUF* is 512 on all systems: a pipe with less room is not writable.\n\n")
	b.WriteString("| profile | new pipe | largest pipe | so_snd.sb_lowat | UDP buffer for sending | TCP, sending | TCP, receiving | unix stream |\n|---|---|---|---|---|---|---|---|\n")
	for _, p := range kqueue.Profiles() {
		fmt.Fprintf(&b, "| kqueue-%s | %d | %d | %d | %d | %d | %d | %d |\n", p.Name, p.PipeSize, p.PipeMost, p.SendLow, p.DatagramSend, p.TCPSend, p.TCPReceive, p.UnixStream)
	}
	b.WriteString("\nStream sockets have these buffers with `Options.SystemBuffers`, and the size that `Options.StreamBuffer` gives without it.\nThey do not grow. The table says when the buffers of pipes do.\n\n## The table\n\n")
	b.WriteString("Each row says what some systems do when something happens to an object that a filter watches, and which source says so.\n")
	for _, filter := range filters() {
		title := filter
		switch filter {
		case "any":
			title = "Every filter"
		case "0":
			title = "The filter 0"
		}
		fmt.Fprintf(&b, "\n### %s\n\n| object | what happens | systems | answer | source |\n|---|---|---|---|---|\n", title)
		for c := range kqueues.Cells {
			if row := &kqueues.Cells[c]; row.Filter == filter {
				for _, g := range groups(c) {
					fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.Object, row.Happening, g.systems, g.answer, strings.ReplaceAll(g.source, "|", "\\|"))
				}
			}
		}
	}
	writeWords(&b)
	return b.String()
}

// filters are those of the rows, each once, in the order of the first row.
func filters() []string {
	var all []string
	for c := range kqueues.Cells {
		if f := kqueues.Cells[c].Filter; !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

type group struct{ systems, answer, source string }

// groups are the lines of a row: the systems that have one answer and one source.
func groups(c int) []group {
	var all []group
	for i, p := range kqueue.Profiles() {
		var last kqueues.Saying
		for _, s := range kqueues.Cells[c].Says {
			if s.Systems&kqueues.Columns[i] != 0 {
				last = s
			}
		}
		found := false
		for j := range all {
			if g := &all[j]; g.answer == kqueues.AnswerWords[last.Answer] && g.source == last.Source {
				g.systems += ", " + p.Name
				found = true
			}
		}
		if !found {
			all = append(all, group{p.Name, kqueues.AnswerWords[last.Answer], last.Source})
		}
	}
	if len(all) == 1 {
		all[0].systems = "all"
	}
	return all
}

func writeWords(b *strings.Builder) {
	b.WriteString("\n## What is accepted without effect\n\nThese bits exist in sys/event.h. The simulation accepts them, and they change nothing.\n\n")
	list(b, kqueues.Inert)
	b.WriteString("\nA bit that no system has is ignored too, as by the kernels, except in the fflags of EVFILT_TIMER.\n")
	b.WriteString("\n## What is not simulated\n\nA change that asks for one of these fails with ENOTSIMULATED, a number outside of every system's range " +
		"(`fakedemux.NotSimulated`).\n`Kernel.NotSimulated` says what was asked for, and a run that asks for it is not judged.\n\n")
	for _, f := range kqueues.OtherFilters {
		fmt.Fprintf(b, "- %s: %s\n", f.Name, names(f.Systems))
	}
	list(b, kqueues.Absent)
}

func list(b *strings.Builder, f kqueues.Fate) {
	for _, w := range kqueues.FlagWords {
		if w.Fate == f {
			fmt.Fprintf(b, "- %s (%#x): %s\n", w.Name, w.Bit, names(w.Systems))
		}
	}
	for _, w := range kqueues.NoteWords {
		if w.Fate == f {
			fmt.Fprintf(b, "- %s (%#x) of %s: %s\n", w.Name, w.Bit, filterWords[w.Filter], names(w.Systems))
		}
	}
}

var filterWords = [...]string{
	kqueues.FilterRead: "EVFILT_READ", kqueues.FilterWrite: "EVFILT_WRITE", kqueues.FilterVnode: "EVFILT_VNODE", kqueues.FilterProc: "EVFILT_PROC",
	kqueues.FilterSignal: "EVFILT_SIGNAL", kqueues.FilterTimer: "EVFILT_TIMER", kqueues.FilterUser: "EVFILT_USER",
}

func names(s kqueues.Systems) string {
	var all []string
	for i, p := range kqueue.Profiles() {
		if s&kqueues.Columns[i] != 0 {
			all = append(all, p.Name)
		}
	}
	if len(all) == len(kqueues.Columns) {
		return "all"
	}
	return strings.Join(all, ", ")
}

// TestKqueuePage: docs/kqueue.md is what the table says.
func TestKqueuePage(t *testing.T) {
	want := kqueueDocs()
	if *update {
		if err := os.WriteFile(kqueuePage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(kqueuePage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run go test ./fakedemux -run TestKqueuePage -update", kqueuePage)
	}
}

// TestEveryWord tries every filter, flag and bit of fflags: each is simulated, or
// accepted without effect, or refused as not simulated.
func TestEveryWord(t *testing.T) {
	for i, p := range kqueue.Profiles() {
		for _, f := range kqueues.OtherFilters {
			if f.Systems&kqueues.Columns[i] == 0 {
				continue
			}
			w := newPlay(t, p)
			a, _ := w.pair()
			if e := w.change(f.Number, a, kqueue.Add, 0, 0); e != NotSimulated || w.k.NotSimulated() != f.Name+" on "+p.Name {
				t.Errorf("%s: %s: %d, %q", p.Name, f.Name, e, w.k.NotSimulated())
			}
			w.k.Reset(nil)
			if w.k.NotSimulated() != "" {
				t.Errorf("%s: a new run has not asked for anything", p.Name)
			}
		}
		for _, word := range kqueues.FlagWords {
			if word.Systems&kqueues.Columns[i] != 0 {
				tryWord(t, p, word, word.Bit, 0, kqueues.FilterRead)
			}
		}
		for _, word := range kqueues.NoteWords {
			if word.Systems&kqueues.Columns[i] != 0 {
				tryWord(t, p, word, 0, word.Bit, word.Filter)
			}
		}
	}
}

// TestEveryBit walks every number of a filter, and all 32 bits of flags and fflags: what
// is no word is refused or changes nothing, as docs/kqueue.md says.
func TestEveryBit(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		system := kqueues.SystemOf(p)
		for number := int32(-40); number < 40; number++ {
			w := newPlay(t, p)
			kq := w.k.system.Lookup(w.kq).Object.(*kqueues.Instance)
			a, _ := w.pair()
			e := w.change(number, a, kqueue.Add, 0, 0)
			other := false
			for _, f := range kqueues.OtherFilters {
				other = other || f.Number == number && f.Systems&system != 0
			}
			ignored := number == 0 && kq.Rule(kqueues.CellFilterZero) == kqueues.AnswerIgnored
			if kq.Filter(number) == 0 && !other && !ignored && e != kqueue.EINVAL {
				t.Errorf("%s: filter %d: %d, want EINVAL", p.Name, number, e)
			}
		}
		for bit := range 32 {
			known := slices.ContainsFunc(kqueues.FlagWords[:], func(f kqueues.Word) bool { return f.Systems&system != 0 && f.Bit&(1<<bit) != 0 })
			if !known {
				tryBit(t, p, kqueues.FilterRead, 1<<bit, 0)
			}
			for kind := kqueues.FilterRead; kind <= kqueues.FilterUser; kind++ {
				named := slices.ContainsFunc(kqueues.NoteWords[:], func(f kqueues.Word) bool {
					return f.Systems&system != 0 && f.Filter == kind && f.Bit&(1<<bit) != 0
				})
				if !named && (kind != kqueues.FilterUser || p.HasUser) {
					tryBit(t, p, kind, 0, 1<<bit)
				}
			}
		}
	}
}

// tryBit adds a knote with and without a bit that the system does not have, lets
// something happen, and compares what is reported. User events report all bits on some
// systems, and reports have the flags of EV_ADD.
func tryBit(t *testing.T, p *kqueue.Profile, kind kqueues.FilterKind, flags, fflags uint32) {
	t.Helper()
	reports := func(flags, fflags uint32) string {
		w := newPlay(t, p)
		number := (&kqueues.Knote{Kind: kind, Kq: &kqueues.Instance{Profile: p}}).Number()
		a, b := w.pair()
		asked := fflags
		ident, happens := a, func() { _, _ = w.Write(b, []byte("abc")) }
		switch kind {
		case kqueues.FilterVnode:
			asked |= kqueue.NoteWrite
			ident = w.open("f")
			happens = func() { _, _ = w.Write(ident, []byte("abc")); _ = w.Chmod("f") }
		case kqueues.FilterProc:
			asked |= kqueue.NoteExit
			ident = w.k.StartProcess()
			happens = func() { w.k.ExecProcess(ident); w.k.EndProcess(ident, 3) }
		case kqueues.FilterSignal:
			ident, happens = 30, func() { w.k.Raise(30) }
		case kqueues.FilterTimer:
			ident, happens = 1, func() { w.k.Sleep(15 * time.Millisecond) }
		case kqueues.FilterUser:
			ident, happens = 1, func() { w.change(number, 1, 0, kqueue.NoteTrigger, 0) }
		case kqueues.FilterRead, kqueues.FilterWrite:
		}
		e := w.change(number, ident, kqueue.Add|flags, asked, 10)
		happens()
		text := e.Name()
		for _, ev := range w.take() {
			ev.Flags &^= flags
			if kind == kqueues.FilterUser && w.rule(kqueues.CellUserFlags) == kqueues.AnswerAsked {
				ev.Fflags &^= fflags
			}
			text += fmt.Sprintf(" %+v", ev)
		}
		if w.k.NotSimulated() != "" {
			text += " not simulated"
		}
		return text
	}
	with, without := reports(flags, fflags), reports(0, 0)
	if kind == kqueues.FilterTimer && kqueues.AllRules[kqueues.ColumnOf(p)][kqueues.CellTimerUnit] == kqueues.AnswerEINVAL && with == "EINVAL" {
		return
	}
	if with != without {
		t.Errorf("%s: filter kind %d, flags %#x, fflags %#x: %q, without them %q", p.Name, kind, flags, fflags, with, without)
	}
}

// tryWord adds a knote with a flag or a bit.
func tryWord(t *testing.T, p *kqueue.Profile, word kqueues.Word, flags, fflags uint32, kind kqueues.FilterKind) {
	t.Helper()
	w := newPlay(t, p)
	ident := 1
	number := (&kqueues.Knote{Kind: kind, Kq: &kqueues.Instance{Profile: p}}).Number()
	switch kind {
	case kqueues.FilterRead, kqueues.FilterWrite:
		ident, _ = w.pair()
	case kqueues.FilterVnode:
		ident = w.open("f")
	case kqueues.FilterProc:
		ident = w.k.StartProcess()
	case kqueues.FilterSignal, kqueues.FilterTimer, kqueues.FilterUser:
	}
	e := w.change(number, ident, kqueue.Add|flags, fflags, 1)
	lacks := w.k.NotSimulated()
	switch {
	case word.Fate == kqueues.Absent:
		if e != NotSimulated || lacks != word.Name+" on "+p.Name {
			t.Errorf("%s: %s is not simulated: %d, %q", p.Name, word.Name, e, lacks)
		}
	case e == NotSimulated || lacks != "":
		t.Errorf("%s: %s is refused as not simulated: %q", p.Name, word.Name, lacks)
	case e != 0 && !refusedAsThere(p, word, e):
		t.Errorf("%s: %s: %d %s", p.Name, word.Name, e, e.Name())
	}
}

// refusedAsThere reports whether the system itself refuses a knote with the word.
func refusedAsThere(p *kqueue.Profile, word kqueues.Word, e kqueue.Errno) bool {
	switch word.Name {
	case "EV_DELETE": // with EV_ADD it may be the one that counts
		return e == kqueue.ENOENT
	case "NOTE_TRACK", "NOTE_TRACKERR", "NOTE_CHILD":
		return p.System == "darwin" && e == kqueue.ENOTSUP
	default:
		return false
	}
}

// TestNotSimulatedIsNoNumberOfASystem: the number is outside of every range.
func TestNotSimulatedIsNoNumberOfASystem(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		for f := errno.Again; f < errno.NotSimulated; f++ {
			if f.BSD(p) >= NotSimulated || int(f.Linux()) >= NotSimulated {
				t.Errorf("failure %d has a number beyond NotSimulated", f)
			}
		}
		if errno.NotSimulated.BSD(p) != NotSimulated {
			t.Errorf("%s: not simulated is %d", p.Name, errno.NotSimulated.BSD(p))
		}
	}
}
