package winfidelity_test

import (
	"strings"
	"testing"

	"reactortest/internal/golden"
	"reactortest/internal/winfidelity"
)

var _ = golden.RegisterUpdate()

// TestScripts plays what the systems once disagreed about.
func TestScripts(t *testing.T) {
	golden.Run(t, "testdata/script/*.txt", "iocp", func(s *golden.Script) (string, error) {
		var lines []string
		for _, c := range s.Commands {
			lines = append(lines, strings.Join(c.Words, " "))
		}
		output, compared, err := winfidelity.Play(lines)
		if !compared {
			t.Log("running system: there is no Windows here")
		}
		return output, err
	})
}

func TestPlayRefuses(t *testing.T) {
	for _, row := range []struct{ why, line string }{
		{"a call that there is not", "open a"},
		{"nothing", ""},
		{"a handle that is none", "read 7 1"},
		{"a name out of turn", "port b"},
		{"an operation out of turn", "recv o2 none 1"},
		{"an operation that is none", "cancel none 1"},
		{"a call that ends too early", "associate a"},
		{"a word too many", "port a b"},
		{"a condition that there is not", "poll o1 none none IN"},
		{"a word for a flag", "poll o1 none none SEND now alone"},
		{"a mode that there is not", "modes none fast"},
		{"a size beyond the buffer", "read none 1000000"},
		{"a batch beyond the buffer", "get none 65"},
		{"a negative number", "listen a -1"},
	} {
		if _, _, err := winfidelity.Play([]string{row.line}); err == nil {
			t.Errorf("%s: %q was taken", row.why, row.line)
		}
	}
}
