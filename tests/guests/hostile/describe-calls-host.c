// Traps unless each call to the host during `describe` answers that there is no event.
#include "kit.h"

static void expect_no_event(bool took, error error) {
    if (took || error.tag != STOCKADE_HANDLER_TYPES_ERROR_NO_EVENT) {
        __builtin_trap();
    }
}

void describe(manifest *ret) {
    static route routes[] = {{.event = STRING("ping"), .handler = PING}};
    string text = STRING("x");
    strings rooms = {&text, 1};
    target everyone = EVERYONE;
    payload none = json(STRING("[]"));
    option_content given;
    error error;
    expect_no_event(stockade_handler_context_event_name(&text, &error), error);
    expect_no_event(stockade_handler_context_payload(&given, &error), error);
    expect_no_event(stockade_handler_context_set_state(&text, &text, &error), error);
    expect_no_event(stockade_handler_socket_id(&text, &error), error);
    expect_no_event(stockade_handler_socket_join(&rooms, &error), error);
    expect_no_event(emit("x", STRING("[]"), &error), error);
    expect_no_event(stockade_handler_socket_emit_to(&everyone, &text, &none, 0, &error), error);
    describe_routes(ret, STRING("/"), routes, 1);
}
