// Package server judges servers: engines that accept connections, read from them and
// call handlers. Package proptest is its face.
package server
