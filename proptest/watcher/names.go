package watcher

import (
	"fmt"
	"sync"
)

// taskNames are the names of tasks, which every run has again.
type taskNames struct {
	mu    sync.Mutex
	spell func(i int) string
	all   []string
}

var (
	peerNames   = taskNames{spell: func(i int) string { return "peer " + name(i).String() }}
	posterNames = taskNames{spell: func(i int) string { return fmt.Sprintf("poster %d", i) }}
)

// of returns name i.
func (n *taskNames) of(i int) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.all) <= i {
		n.all = append(n.all, n.spell(len(n.all)))
	}
	return n.all[i]
}
