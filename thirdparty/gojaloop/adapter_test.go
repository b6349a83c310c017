package gojaloop_test

import (
	"testing"

	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/thirdparty/gojaloop"
)

func TestLoop(t *testing.T) {
	for _, s := range gojaloop.Subjects {
		t.Run(s.Name, func(t *testing.T) {
			o := &proptest.Options{Runs: 500}
			_ = realdemux.NewHost
			o.TestReactorGoroutines(t, s.New)
		})
	}
}
