package gaioengine_test

import (
	"testing"

	"reactortest/thirdparty/gaioengine"
	"reactortest/thirdparty/internal/judge"
)

func TestEngine(t *testing.T) { judge.Test(t, gaioengine.Subjects) }
