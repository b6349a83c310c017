// Package quiet imports nothing that is rewired.
package quiet
