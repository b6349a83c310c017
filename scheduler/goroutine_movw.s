//go:build arm || mips || mipsle

#include "textflag.h"

TEXT ·goroutine(SB), NOSPLIT, $0-4
	MOVW g, ret+0(FP)
	RET
