// Serves an event without a name.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {
        {.event = STRING("ping"), .handler = PING},
        {.event = STRING(""), .handler = PING},
    };
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
}
