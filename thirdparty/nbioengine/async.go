//go:build !nbio_before_async

package nbioengine

import (
	"github.com/lesismal/nbio"

	"reactortest/thirdparty/internal/judge"
)

// lost is why rules about data do not hold on the running kernel.
const lost = "asynchronous reads lose data; findings.TestNbioAsync shows one way"

func init() {
	Subjects = append(Subjects, judge.Subject{
		Name: "edge-async", New: with(nbio.Config{EpollMod: nbio.EPOLLET, AsyncReadInPoller: true}),
		Real: map[string]string{
			"ready-is-served": lost, "half-close-drains": lost, "accept-survives-exhaustion": lost,
		},
	})
}
