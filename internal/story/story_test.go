package story_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"reactortest/internal/golden"
	"reactortest/internal/story"
)

var _ = golden.RegisterUpdate()

const scripts = "testdata/script/*.txt"

func TestScripts(t *testing.T) {
	golden.Run(t, scripts, "epoll", func(s *golden.Script) (string, error) {
		return story.Play(s, "epoll")
	})
}

// TestScriptsOnKqueue plays them on another family of kernels: what a reactor
// sees differs where its script has a section "Output kqueue:".
func TestScriptsOnKqueue(t *testing.T) {
	golden.RunBeside(t, scripts, "kqueue", func(s *golden.Script) (string, error) {
		return story.Play(s, "kqueue-freebsd")
	})
}

// TestScriptsOnIOCP plays those that Windows can play: a section "Output iocp:"
// has what a reactor sees there and not elsewhere.
func TestScriptsOnIOCP(t *testing.T) {
	files, err := filepath.Glob(scripts)
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, file := range files {
		if asksForMore(t, file) {
			continue
		}
		played++
		golden.RunBeside(t, file, "iocp", func(s *golden.Script) (string, error) {
			return story.Play(s, "iocp")
		})
	}
	if played < 25 {
		t.Errorf("only %d scripts were played", played)
	}
}

// asksForMore reports whether a script asks for what Windows does not have: calls
// of other systems, their objects, their modes and their signals.
func asksForMore(t *testing.T, file string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := golden.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Commands {
		for _, word := range c.Words {
			call, _, _ := strings.Cut(word, "#") // of a decision
			if slices.Contains([]string{"epoll", "kqueue", "eventfd", "pipe", "edge", "interrupt"}, call) {
				return true
			}
		}
	}
	return false
}
