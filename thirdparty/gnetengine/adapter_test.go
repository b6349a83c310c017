package gnetengine_test

import (
	"testing"

	"reactortest/thirdparty/gnetengine"
	"reactortest/thirdparty/internal/judge"
)

func TestEngine(t *testing.T) { judge.Test(t, gnetengine.Subjects) }
