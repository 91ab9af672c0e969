#include "kit.h"

response attack(void) {
    __builtin_trap();
}
