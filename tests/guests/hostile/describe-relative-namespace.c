// Names a namespace without its slash.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {
        {.event = STRING("ping"), .handler = PING},
    };
    describe_routes(ret, STRING("chat"), routes, sizeof routes / sizeof *routes);
}
