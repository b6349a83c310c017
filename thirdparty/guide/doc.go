// Package guide plays docs/test-an-engine.md in modules outside of the repository.
package guide
