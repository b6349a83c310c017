// Package cleanup has loops that do not clean up: they leave handles or
// registrations, or close what is not theirs. Each has a bug in one part.
package cleanup
