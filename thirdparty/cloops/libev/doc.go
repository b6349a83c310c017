// Package libev has the event loop libev as a reactor of the judge. The package is empty
// without the build tag cloops; docs/engines/c-loops.md says how it is built and judged.
package libev
