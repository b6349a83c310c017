// Package sync is a stand-in.
package sync

import "sync"

// Locks counts calls.
var Locks int

type Mutex struct{ m sync.Mutex }

func (m *Mutex) Lock()   { Locks++; m.m.Lock() }
func (m *Mutex) Unlock() { m.m.Unlock() }

type Locker = sync.Locker
