package netengine_test

import (
	"testing"

	"reactortest/thirdparty/internal/judge"
	"reactortest/thirdparty/netengine"
)

func TestEngine(t *testing.T) { judge.Test(t, netengine.Subjects) }
