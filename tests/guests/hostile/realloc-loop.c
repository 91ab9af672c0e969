// Loops where the host asks for memory to pass a string: what the handler has asked for, or a payload of 42 bytes.
#include <stdlib.h>

#include "kit.h"

static volatile bool attacked;

[[clang::export_name("cabi_realloc")]]
void *cabi_realloc(void *old, size_t, size_t, size_t size) {
    while (attacked || size == 42) {
    }
    return realloc(old, size);
}

response attack(void) {
    attacked = true;
    string event;
    error error;
    stockade_handler_context_event_name(&event, &error);
    return ok_nothing();
}
