package nocgo

// void affinity(void) {}
import "C"

func affinity() { C.affinity() }
