//go:build loong64 || mips64 || mips64le

#include "textflag.h"

TEXT ·goroutine(SB), NOSPLIT, $0-8
	MOVV g, ret+0(FP)
	RET
