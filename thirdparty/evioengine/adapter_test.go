package evioengine_test

import (
	"testing"

	"reactortest/thirdparty/evioengine"
	"reactortest/thirdparty/internal/judge"
)

func TestEngine(t *testing.T) { judge.Test(t, evioengine.Subjects) }
