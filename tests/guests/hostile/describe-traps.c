// Traps in `describe`.
#include "kit.h"

void describe(manifest *) {
    __builtin_trap();
}
