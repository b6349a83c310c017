// Package cleanup has loops with a bug in one part: handles and registrations that are left, or were not the loop's to end.
package cleanup
