// Leaves rooms for ever when a client connects: effects that the host puts off.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {{.event = STRING("ping"), .handler = 0}};
    static namespace namespaces[] = {{.name = STRING("/"), .routes = LIST(routes), .on_connection = true}};
    *ret = (manifest){.sdk = STRING("raw C"), .namespaces = LIST(namespaces)};
}

bool on_connection(thrown *) {
    static string names[20000];
    for (int i = 0; i < 20000; i++) names[i] = STRING("aaaaaaaaaaaaaaaaaaaaaaaa");
    strings rooms = LIST(names);
    error error;
    for (int i = 0; i < 2000; i++) stockade_handler_socket_leave(&rooms, &error);
    return true;
}
