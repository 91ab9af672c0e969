// Grows its memory until that is refused, touches what it got, and answers how many bytes it then has.
#include "kit.h"

enum { PAGE = 65536 };

response attack(void) {
    for (size_t page; (page = __builtin_wasm_memory_grow(0, 1)) != SIZE_MAX;) {
        *(volatile uint8_t *)(page * PAGE) = 1;
    }
    // In KiB: 4 GiB is more than an int.
    return ok(format("{\"kib\":%d}", (int)(__builtin_wasm_memory_size(0) * (PAGE / 1024))));
}
