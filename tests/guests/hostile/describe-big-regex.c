// Has a regular expression for a name that is too big for a table.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {{.event = STRING("ping"), .handler = PING}};
    static namespace namespaces[] = {
        {.name = STRING("/(\\w{1,200}x){1,200}"),
         .routes = LIST(routes),
         .matching = EXPORTS_STOCKADE_HANDLER_CONTROLLER_NAME_MATCHING_REGEX},
    };
    *ret = (manifest){.sdk = STRING("test kit for C"), .namespaces = LIST(namespaces)};
}
