// Serves an event whose name has 300 bytes.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[] = {{.handler = PING}};
    routes[0].event = repeated('x', 300);
    describe_routes(ret, STRING("/"), routes, 1);
}
