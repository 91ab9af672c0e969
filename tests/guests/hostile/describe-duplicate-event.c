// Has one event twice.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {
        {.event = STRING("ping"), .handler = PING},
        {.event = STRING("ping"), .handler = PING},
    };
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
}
