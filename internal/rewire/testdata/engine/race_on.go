//go:build race

package engine

import "sync"

var raceMu sync.Mutex

var raced = "race"

func init() { raceMu.Lock() }
