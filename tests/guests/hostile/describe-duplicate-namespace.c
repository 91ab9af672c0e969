// Has one namespace twice.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {{.event = STRING("ping"), .handler = PING}};
    static namespace namespaces[] = {
        {.name = STRING("/chat"), .routes = LIST(routes)},
        {.name = STRING("/chat"), .routes = LIST(routes)},
    };
    *ret = (manifest){.namespaces = LIST(namespaces)};
}
