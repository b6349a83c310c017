// Package nothing imports no module.
package nothing
