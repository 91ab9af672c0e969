// Serves an event that Socket.IO reserves.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {
        {.event = STRING("ping"), .handler = PING},
        {.event = STRING("disconnecting"), .handler = PING},
    };
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
}
