//go:build !nbio_before_async

package nbioengine

import (
	"github.com/lesismal/nbio"

	"reactortest/thirdparty/internal/judge"
)

func init() {
	Subjects = append(Subjects, judge.Subject{
		Name: "edge-async", New: with(nbio.Config{EpollMod: nbio.EPOLLET, AsyncReadInPoller: true}),
		Real: map[string]string{"accept-survives-exhaustion": "seen with these reads alone; the cause is not known"},
	})
}
