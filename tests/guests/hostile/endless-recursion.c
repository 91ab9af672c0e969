// Calls itself for ever, without touching its own stack in memory.
#include "kit.h"

#pragma clang diagnostic ignored "-Winfinite-recursion"

[[clang::disable_tail_calls, gnu::noinline]] static int deeper(int depth) {
    return deeper(depth + 1) + depth;
}

response attack(void) {
    return ok(format("%d", deeper(0)));
}
