//go:build !linux || mips || mipsle || mips64 || mips64le

package fidelity

import (
	"errors"
	"fmt"
)

func newRunning() (machine, error) {
	return nil, fmt.Errorf("fidelity: no Linux kernel with the usual numbers to compare with: %w", errors.ErrUnsupported)
}
