package netpollengine_test

import (
	"testing"

	"reactortest/thirdparty/internal/judge"
	"reactortest/thirdparty/netpollengine"
)

func TestEngine(t *testing.T) { judge.Test(t, netpollengine.Subjects) }
