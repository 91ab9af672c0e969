// Emits nine volatile events of 400 KB, of which the client gets some.
#include "kit.h"

response attack(void) {
    string name = STRING("tick");
    payload arguments = json(format("[\"%S\"]", repeated('x', 400000)));
    error error;
    int n = 0;
    for (int i = 0; i < 9; i++) {
        n += stockade_handler_socket_emit(&name, &arguments, STOCKADE_HANDLER_SOCKET_DELIVERY_VOLATILE, &error);
    }
    return ok(format("%d", n));
}
