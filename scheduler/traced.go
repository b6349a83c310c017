package scheduler

import (
	"os"
	"strings"
)

// Traced reports whether a tracer, such as a debugger, is attached to this
// process. It reads TracerPid in /proc/self/status on Linux; proc(5). On other
// systems it returns false.
func Traced() bool {
	status, err := os.ReadFile("/proc/self/status")
	return err == nil && tracerIn(string(status))
}

// tracerIn reports whether the text of a status file names a tracer.
func tracerIn(status string) bool {
	for line := range strings.Lines(status) {
		if pid, found := strings.CutPrefix(line, "TracerPid:"); found {
			pid = strings.TrimSpace(pid)
			return pid != "" && pid != "0"
		}
	}
	return false
}
