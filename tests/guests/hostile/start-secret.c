// Takes a random number when it starts, and answers it: one that several events have in common is none.
#include "kit.h"

#include <string.h>

static uint64_t secret;

[[gnu::constructor]] static void start(void) {
    if (secret == 0) {
        guest_list_u8_t bytes;
        wasi_random_random_get_random_bytes(sizeof secret, &bytes);
        memcpy(&secret, bytes.ptr, sizeof secret);
    }
}

response attack(void) {
    return ok(format("%d", (int)(secret & 0x7fffffff)));
}
