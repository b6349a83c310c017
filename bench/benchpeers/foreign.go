//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// usage is how much processor time was used until now: by all on the two processors, and by
// this process and its children that have ended.
type usage struct {
	at       time.Time
	all, own time.Duration
}

// tick is the unit of /proc/stat: sysconf(_SC_CLK_TCK) is 100 on every Linux that Go knows.
const tick = 10 * time.Millisecond

func (b *bench) usage() (u usage, err error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return u, err
	}
	u.at = time.Now()
	for line := range bytes.Lines(stat) {
		f := strings.Fields(string(line))
		if len(f) < 9 || f[0] != fmt.Sprintf("cpu%d", b.cpus[0]) && f[0] != fmt.Sprintf("cpu%d", b.cpus[1]) {
			continue
		}
		for i, v := range f[1:9] { // user nice system idle iowait irq softirq steal, proc_stat(5)
			var n int64
			if _, err := fmt.Sscan(v, &n); err != nil {
				return u, err
			}
			if i != 3 && i != 4 {
				u.all += time.Duration(n) * tick
			}
		}
	}
	for _, who := range [...]int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if err := syscall.Getrusage(who, &r); err != nil {
			return u, os.NewSyscallError("getrusage", err)
		}
		u.own += time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return u, nil
}

// foreign returns the share of the time of the two processors that others used between two
// moments.
func foreign(from, to usage) float64 {
	others := (to.all - from.all) - (to.own - from.own)
	return max(0, float64(others)/float64(2*to.at.Sub(from.at)))
}
