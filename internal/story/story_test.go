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
