// Answers `attack`, and loops in the function that frees the answer.
#include "kit.h"

static volatile bool attacked;

response attack(void) {
    attacked = true;
    return ok(STRING("\"answered\""));
}

[[clang::export_name("cabi_post_stockade:handler/controller@0.1.0#handle-event")]]
void __wasm_export_exports_stockade_handler_controller_handle_event_post_return(uint8_t *) {
    while (attacked) {
    }
}
