// Package posting has loops with a bug in one part: posted functions: their queue and the wake that goes with it.
package posting
