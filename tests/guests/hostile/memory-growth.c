// Grows its memory until that is refused, touches what it got, and traps as an allocator that ran out would.
#include "kit.h"

enum { PAGE = 65536 };

response attack(void) {
    for (;;) {
        size_t page = __builtin_wasm_memory_grow(0, 16);
        if (page == SIZE_MAX) {
            __builtin_trap();
        }
        for (size_t i = 0; i < 16; i++) {
            *(volatile uint8_t *)((page + i) * PAGE) = 1;
        }
    }
}
