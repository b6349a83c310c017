//go:build !linux

package fidelity

import (
	"errors"
	"fmt"
)

func newRunning() (machine, error) {
	return nil, fmt.Errorf("fidelity: no Linux kernel to compare with: %w", errors.ErrUnsupported)
}
