package gnet1engine_test

import (
	"testing"

	"reactortest/thirdparty/gnet1engine"
	"reactortest/thirdparty/internal/judge"
)

func TestEngine(t *testing.T) { judge.Test(t, gnet1engine.Subjects) }
