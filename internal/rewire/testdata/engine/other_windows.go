package engine

import "sync"

var windows sync.Mutex
