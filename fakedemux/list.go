package fakedemux

// without returns list without the first item that is equal to item, in the same order
// and the same memory.
func without[T comparable](list []T, item T) []T {
	for i, other := range list {
		if other == item {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}
