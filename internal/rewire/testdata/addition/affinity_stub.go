package nocgo

func affinity() {}
