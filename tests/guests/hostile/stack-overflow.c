// Calls itself with 1 KiB on its own stack each time, until that runs into the end of its memory.
#include "kit.h"

#pragma clang diagnostic ignored "-Winfinite-recursion"

static int deeper(int depth) {
    volatile uint8_t space[1024];
    space[0] = depth;
    return deeper(depth + 1) + space[0];
}

response attack(void) {
    return ok(format("%d", deeper(0)));
}
