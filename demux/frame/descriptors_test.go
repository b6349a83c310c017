package frame_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"reactortest/demux/frame"
)

// number is an error number; 4 is EINTR.
type number int

func (n number) Err(call string) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%s: %d", call, n)
}

func TestReadAgain(t *testing.T) {
	for _, row := range []struct {
		why     string
		answers []number
	}{
		{"at once", []number{0}},
		{"after two signals", []number{4, 4, 0}},
		{"an error is an end too", []number{4, 9}},
	} {
		calls := 0
		frame.ReadAgain(func(fd int, _ []byte) (int, number) {
			if fd != 7 {
				t.Errorf("%s: read of %d", row.why, fd)
			}
			calls++
			return 0, row.answers[calls-1]
		}, 7, nil, 4)
		if calls != len(row.answers) {
			t.Errorf("%s: %d calls, want %d", row.why, calls, len(row.answers))
		}
	}
}

func TestCloseAll(t *testing.T) {
	var closed []int
	err := frame.CloseAll(func(fd int) number {
		closed = append(closed, fd)
		return number(fd % 2 * 9)
	}, 2, -1, 3, 4)
	if want := []int{2, 3, 4}; !slices.Equal(closed, want) {
		t.Errorf("closed %v, want %v: one that fails keeps no other from being closed", closed, want)
	}
	if err == nil || err.Error() != errors.Join(number(9).Err("close")).Error() {
		t.Errorf("got %v, want the one that failed", err)
	}
}
