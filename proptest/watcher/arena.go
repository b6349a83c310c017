package watcher

// arenaBlock is how many values an arena makes at once.
const arenaBlock = 32

// arena hands out values whose memory is used again by the next run. One run uses
// it at a time.
type arena[T any] struct {
	blocks [][]T
	used   int
}

// next returns a value as an earlier run has left it: the caller sets every field.
func (a *arena[T]) next() *T {
	block, i := a.used/arenaBlock, a.used%arenaBlock
	if block == len(a.blocks) {
		a.blocks = append(a.blocks, make([]T, arenaBlock))
	}
	a.used++
	return &a.blocks[block][i]
}

// reset takes all values back.
func (a *arena[T]) reset() { a.used = 0 }
