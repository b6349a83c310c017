package fidelity_test

import (
	"strings"
	"testing"

	"reactortest/internal/fidelity"
	"reactortest/internal/golden"
)

var _ = golden.RegisterUpdate()

// TestScripts plays what the kernels once disagreed about.
func TestScripts(t *testing.T) {
	golden.Run(t, "testdata/script/*.txt", "epoll", func(s *golden.Script) (string, error) {
		var lines []string
		for _, c := range s.Commands {
			lines = append(lines, strings.Join(c.Words, " "))
		}
		output, compared, err := fidelity.Play(lines)
		if !compared {
			t.Log("running kernel: not run")
		}
		return output, err
	})
}

func TestPlayRefuses(t *testing.T) {
	for _, row := range []struct{ why, line string }{
		{"a call that there is not", "reopen a"},
		{"nothing", ""},
		{"a descriptor that is none", "close 7"},
		{"a name out of turn", "epoll b"},
		{"a call that ends too early", "add a"},
		{"a word too many", "epoll a b"},
		{"a bit that there is not", "add a b IN|LATE 1"},
		{"a size beyond the buffer", "read a 1000000"},
		{"a batch beyond the buffer", "wait a 65"},
		{"a negative number", "listen a -1"},
		{"a socket that there is not", "socket a raw"},
	} {
		if _, _, err := fidelity.Play([]string{row.line}); err == nil {
			t.Errorf("%s: %q was taken", row.why, row.line)
		}
	}
}
