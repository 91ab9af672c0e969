// Two releases of one application, `release-one-c` and `release-two-c`, which define RELEASE and ONLY.

#include "kit.h"

enum handler { WHICH, WAIT };

void describe(manifest *ret) {
    static route routes[] = {
        {.event = STRING("which"), .handler = WHICH},
        {.event = STRING("wait"), .handler = WAIT},
        {.event = STRING("which beside others"), .handler = WHICH, .concurrent = true},
    };
    static namespace namespaces[] = {
        {.name = STRING("/"), .routes = LIST(routes), .on_connection = true, .on_disconnection = true},
        {.name = STRING(ONLY), .routes = LIST(routes)},
        {.name = STRING(ONLY "-:id"),
         .routes = LIST(routes),
         .matching = EXPORTS_STOCKADE_HANDLER_CONTROLLER_NAME_MATCHING_PATTERN},
        {.name = STRING("/room-:id"),
         .routes = LIST(routes),
         .matching = EXPORTS_STOCKADE_HANDLER_CONTROLLER_NAME_MATCHING_PATTERN},
    };
    *ret = (manifest){.sdk = STRING("raw C"), .namespaces = LIST(namespaces)};
}

// Says which release has let the client in.
bool on_connection(thrown *) {
    error error;
    return emit("came in", STRING("[" RELEASE "]"), &error);
}

bool on_disconnection(string *, thrown *) { return true; }

// Keeps the event under way until the client acknowledges another one.
static bool wait(void) {
    string event = STRING("go on?");
    payload arguments = json(STRING("[]")), answer;
    error error;
    for (int tries = 0; tries < 80; tries++) {
        if (stockade_handler_socket_emit_with_ack(&event, &arguments, 50, &answer, &error)) {
            return true;
        }
    }
    return false;
}

bool handle_event(uint32_t handler, string *, response *ret, thrown *thrown) {
    if (handler == WAIT && !wait()) {
        return throw_error(thrown, "Error", STRING("no answer"));
    }
    *ret = ok(STRING(RELEASE));
    return true;
}
