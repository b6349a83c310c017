package demuxsuite_test

import (
	"runtime"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/demuxsuite"
	"reactortest/realdemux"
)

func TestDemuxReal(t *testing.T) {
	switch runtime.GOOS {
	case "linux", "windows":
	default:
		t.Skip("realdemux has no backend for " + runtime.GOOS)
	}
	demuxsuite.TestDemux(t, func(testing.TB) demux.Host { return realdemux.NewHost() })
}

func TestDemuxSimulated(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		demuxsuite.TestDemux(t, func(testing.TB) demux.Host { return fakedemux.New(&fakedemux.Options{Dialect: dialect}) })
	}
}
