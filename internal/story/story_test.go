package story_test

import (
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
