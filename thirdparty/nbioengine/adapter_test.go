package nbioengine_test

import (
	"testing"

	"reactortest/thirdparty/internal/judge"
	"reactortest/thirdparty/nbioengine"
)

func TestEngine(t *testing.T) { judge.Test(t, nbioengine.Subjects) }
