//go:build !windows

package winfidelity

import (
	"errors"
	"fmt"
)

// Running returns the running system: Windows, or Wine. Elsewhere it returns
// errors.ErrUnsupported.
func Running() (*System, error) {
	return nil, fmt.Errorf("winfidelity: no Windows to compare with: %w", errors.ErrUnsupported)
}
