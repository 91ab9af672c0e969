// Asks the client something and would wait 49 days for the answer.
#include "kit.h"

response attack(void) {
    string event = STRING("question");
    payload arguments = json(STRING("[]"));
    error error;
    bool answered = stockade_handler_socket_emit_with_ack(&event, &arguments, UINT32_MAX, &arguments, &error);
    return ok(answered ? arguments.json : error_json(&error));
}
