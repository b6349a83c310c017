// Package os has the part of the standard library's os that rewired code calls instead:
// files, and paths in the file system, where sockets of the unix family are. In a bubble
// both are those of the simulated kernel, see package sim: a file system in memory,
// which a run begins with the directories / and /tmp. Everything else of package os
// stays the standard library's.
package os
