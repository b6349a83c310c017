package fidelity_test

import (
	"testing"

	"reactortest/internal/fidelity"
	"reactortest/internal/golden"
)

// corpus is what the kernels once disagreed about, as bytes.
func corpus(t *testing.T) [][]byte {
	t.Helper()
	all, err := fidelity.Corpus("testdata/script")
	if err != nil || len(all) == 0 {
		t.Fatalf("%d scripts: %v", len(all), err)
	}
	return all
}

// TestBytesReachEveryCall plays the corpus.
func TestBytesReachEveryCall(t *testing.T) {
	p, err := fidelity.NewPlayer("")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range corpus(t) {
		answer, failure := p.Play(data)
		if failure != nil {
			t.Fatal(failure)
		}
		if again, _ := p.Play(data); again != answer {
			t.Errorf("played twice:\n%s", golden.Diff(answer, again))
		}
	}
	_, words := p.Made("")
	for _, word := range words {
		if n, _ := p.Made(word); n == 0 {
			t.Errorf("the corpus does not reach %q", word)
		}
	}
}

// mutator makes byte strings of others, the same ones in every run.
type mutator struct{ state uint64 }

func (m *mutator) below(n int) int {
	m.state = m.state*6364136223846793005 + 1442695040888963407
	return int(m.state >> 33 % uint64(n))
}

func (m *mutator) mutate(all [][]byte) []byte {
	data := append([]byte(nil), all[m.below(len(all))]...)
	if m.below(3) == 0 { // two stories in one
		data = append(data, all[m.below(len(all))][1:]...)
	}
	for range 1 + m.below(8) {
		data[m.below(len(data))] = byte(m.below(256))
	}
	for range 10 * m.below(12) {
		data = append(data, byte(m.below(256)))
	}
	return data
}

// TestBytesFindMutations says that byte strings can find something: each broken
// rule is found by the corpus and what is made of it.
func TestBytesFindMutations(t *testing.T) {
	const inputs = 20_000
	seeds := corpus(t)
	for _, mutation := range fidelity.Mutations() {
		t.Run(mutation.Name, func(t *testing.T) {
			p, err := fidelity.NewPlayer(mutation.Name)
			if err != nil {
				t.Fatal(err)
			}
			if !p.Compares() {
				t.Skip("no Linux kernel to compare with")
			}
			m := mutator{state: 1}
			for i := range inputs {
				data := seeds[i%len(seeds)]
				if i >= len(seeds) {
					data = m.mutate(seeds)
				}
				if _, failure := p.Play(data); failure != nil {
					t.Logf("found by input %d\n%v", i, failure)
					return
				}
			}
			t.Errorf("not found by %d inputs: %s", inputs, mutation.Rule)
		})
	}
}

// TestNoWriteAfterSendfile: on the running kernel the reader would get the bytes of the
// write; sendfile(2), NOTES.
func TestNoWriteAfterSendfile(t *testing.T) {
	for _, write := range []string{"write a 9", "writev a 9"} {
		p, err := fidelity.NewPlayer("")
		if err != nil {
			t.Fatal(err)
		}
		data, err := fidelity.Encode([]string{
			"file a", "write a 9", "lseek a 1 0", "socketpair b c stream", "sendfile b a 1 0", "lseek a 1 0", write, "recvmsg c 1 16384",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, failure := p.Play(data); failure != nil {
			t.Error(failure)
		}
	}
}
