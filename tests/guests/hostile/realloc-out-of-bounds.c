// Gives the host an address beyond its memory to put a string: what the handler has asked for, or a payload of 42 bytes.
#include <stdlib.h>

#include "kit.h"

static volatile bool attacked;

[[clang::export_name("cabi_realloc")]]
void *cabi_realloc(void *old, size_t, size_t, size_t size) {
    return attacked || size == 42 ? (void *)0xFFFFFFF0 : realloc(old, size);
}

response attack(void) {
    attacked = true;
    string event;
    error error;
    stockade_handler_context_event_name(&event, &error);
    return ok_nothing();
}
