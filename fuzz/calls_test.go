package fuzz_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
	"reactortest/internal/fidelity"
	"reactortest/internal/golden"
)

// maxCalls is how many calls a byte string of the other dialects makes at most,
// and a run of them has the budget for.
const maxCalls = 96

// FuzzCalls feeds raw calls to the three dialects, those of Linux to the running
// kernel too, side by side. The first byte says which: one of three is Linux, as
// package fidelity reads bytes, one a BSD, one Windows.
func FuzzCalls(f *testing.F) {
	scripts, err := fidelity.Corpus("../internal/fidelity/testdata/script")
	if err != nil || len(scripts) == 0 {
		f.Fatalf("%d scripts: %v", len(scripts), err)
	}
	for _, data := range scripts {
		f.Add(append([]byte{0}, data...))
	}
	for _, data := range bsdCorpus() {
		f.Add(append([]byte{1}, data...))
	}
	for _, data := range iocpCorpus() {
		f.Add(append([]byte{2}, data...))
	}
	player, err := fidelity.NewPlayer("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		play := [...]func(*testing.T, []byte) string{
			func(t *testing.T, data []byte) string { //nolint:thelper // it is what the test is about
				answer, failure := player.Play(data)
				if failure != nil {
					t.Fatal(failure)
				}
				return answer
			},
			playBSD,
			playIOCP,
		}[data[0]%3]
		first := play(t, data[1:])
		if again := play(t, data[1:]); first != again {
			t.Errorf("played twice:\n%s", golden.Diff(first, again))
		}
	})
}

// TestCallsOfTheCorpus: the inputs that fuzzing starts with make every call of a BSD
// and of Windows. That those of Linux do is tested in package fidelity.
func TestCallsOfTheCorpus(t *testing.T) {
	for _, row := range []struct {
		surface reflect.Type
		names   []string
		corpus  [][]byte
		play    func(*testing.T, []byte) string
	}{
		{reflect.TypeFor[kqueue.Syscalls](), bsdNames[:], bsdCorpus(), playBSD},
		{reflect.TypeFor[iocp.Winsock](), winNames[:], iocpCorpus(), playIOCP},
	} {
		for m := range row.surface.Methods() {
			if !slices.Contains(row.names, m.Name) {
				t.Errorf("%v: bytes cannot say %s", row.surface, m.Name)
			}
		}
		made := ""
		for _, data := range row.corpus {
			made += "\n" + row.play(t, data)
		}
		for _, name := range row.names {
			if !strings.Contains(made, "\n"+name+"\n") {
				t.Errorf("%v: the corpus does not reach %s", row.surface, name)
			}
		}
	}
}

// input hands out the bytes of an input, one after the other; 0 when there are no
// more.
type input struct {
	data []byte
	log  strings.Builder
}

func (in *input) more() bool { return len(in.data) > 0 }

func (in *input) byte() byte {
	if len(in.data) == 0 {
		return 0
	}
	b := in.data[0]
	in.data = in.data[1:]
	return b
}

// wide is a number that is rather at the end of its range than in the middle.
func (in *input) wide() uint64 {
	b := in.byte()
	n := uint64(b & 0x3f)
	switch b >> 6 {
	case 1: // around the powers of two
		return uint64(1)<<n - 1
	case 2:
		return uint64(1) << n
	case 3:
		return -n - 1
	default:
		return n
	}
}

func (in *input) say(format string, args ...any) { fmt.Fprintf(&in.log, format+"\n", args...) }
