// Passes the host a string of 20 MB: as what the payload says, which is `event`, `arguments`, `room`, `state`, `data`,
// `log` or `response`.
#include "json.h"
#include "kit.h"

response attack(void) {
    string what = json_text(input());
    string giant = repeated('x', 20000000);
    strings rooms = {&giant, 1};
    payload none = json(STRING("[]"));
    string context = STRING("");
    error error = {};
    bool took = true;
    if (equal(what, "event")) {
        took = stockade_handler_socket_emit(&giant, &none, 0, &error);
    } else if (equal(what, "arguments")) {
        took = emit("giant", format("[\"%S\"]", giant), &error);
    } else if (equal(what, "room")) {
        took = stockade_handler_socket_join(&rooms, &error);
    } else if (equal(what, "state")) {
        took = stockade_handler_context_set_state(&giant, &giant, &error);
    } else if (equal(what, "data")) {
        string value = format("\"%S\"", giant);
        took = stockade_handler_socket_set_data(&value, &error);
    } else if (equal(what, "log")) {
        wasi_logging_logging_log(WASI_LOGGING_LOGGING_LEVEL_INFO, &context, &giant);
    } else {
        return ok(format("\"%S\"", giant));
    }
    return ok(took ? STRING("\"taken\"") : error_json(&error));
}
