package machine

// Without returns list without the first item that is equal to item, in the same order
// and the same memory.
func Without[T comparable](list []T, item T) []T {
	for i, other := range list {
		if other == item {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}
