// Package findings has a test for each finding of docs/engines that the running kernel
// shows too. Each test uses the engine's public API alone, and fails when the engine
// behaves: then the finding is mended, and its page goes.
package findings
