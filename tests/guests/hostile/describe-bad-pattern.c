// Has a pattern whose parameter has no name.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {{.event = STRING("ping"), .handler = PING}};
    static namespace namespaces[] = {
        {.name = STRING("/room-:"),
         .routes = LIST(routes),
         .matching = EXPORTS_STOCKADE_HANDLER_CONTROLLER_NAME_MATCHING_PATTERN},
    };
    *ret = (manifest){.sdk = STRING("test kit for C"), .namespaces = LIST(namespaces)};
}
