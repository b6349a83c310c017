//go:build !linux || !amd64

package fidelity

import (
	"errors"
	"fmt"
	"time"
)

// duoRunning stands for the running kernel where there is none to compare with.
type duoRunning struct{}

func newDuoRunning() (*duoRunning, error) {
	return nil, fmt.Errorf("fidelity: blocked calls are compared on Linux on amd64 only: %w", errors.ErrUnsupported)
}

func (*duoRunning) play(*duoSequence, [][]duoStep, time.Duration) (left []bool, failed int, seen duoStep) {
	return nil, -1, duoStep{}
}

func (*duoRunning) close() {}
