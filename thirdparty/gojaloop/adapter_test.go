package gojaloop_test

import (
	"testing"

	"reactortest/thirdparty/gojaloop"
	"reactortest/thirdparty/internal/judge"
)

func TestLoop(t *testing.T) { judge.TestLoops(t, gojaloop.Subjects) }
