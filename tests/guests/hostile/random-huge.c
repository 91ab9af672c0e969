// Asks for 2 GB of randomness.
#include "kit.h"

response attack(void) {
    guest_list_u8_t bytes;
    wasi_random_random_get_random_bytes(2000000000, &bytes);
    return ok(format("%d", (int)bytes.len));
}
