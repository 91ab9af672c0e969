// Sends a million empty attachments.
#include <stdlib.h>

#include "kit.h"

response attack(void) {
    attachments list = {calloc(1000000, sizeof(guest_list_u8_t)), 1000000};
    return send((payload){STRING("[]"), list});
}
