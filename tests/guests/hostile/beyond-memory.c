// Passes the host a string that ends beyond its memory, nearly 4 GiB on: as an event's name, or, where the payload is
// `"response"`, as the response.
#include "kit.h"

response attack(void) {
    string beyond = {(uint8_t *)1024, 0xFFFFFF00};
    if (equal(input(), "\"response\"")) {
        return ok(beyond);
    }
    payload none = json(STRING("[]"));
    error error;
    bool took = stockade_handler_socket_emit(&beyond, &none, 0, &error);
    return ok(took ? STRING("\"taken\"") : error_json(&error));
}
