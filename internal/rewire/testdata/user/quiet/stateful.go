package quiet

import "sync"

var mu sync.Mutex

func init() { mu.Lock() }
