package bubble

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Test calls f in a bubble of testing/synctest. Where synctest.Test would end the
// process because goroutines are left that can never go on, Test returns what the
// runtime says of them, and "" if none is left. Those goroutines stay for the life of
// the process. It must not be called in a bubble.
func Test(t *testing.T, f func(t *testing.T)) (left string) {
	t.Helper()
	rest.Do(func() { time.Sleep(restTime) })
	defer func() {
		current.Store(nil)
		cause := recover()
		if cause == nil {
			return
		}
		left = fmt.Sprint(cause)
		if !strings.HasPrefix(left, "deadlock:") {
			panic(cause)
		}
	}()
	synctest.Test(t, f)
	return ""
}

// rest lets goroutines that the initialization of packages has started come to their
// first wait before the first run. None of them belongs to a run.
var rest sync.Once

const restTime = 5 * time.Millisecond
