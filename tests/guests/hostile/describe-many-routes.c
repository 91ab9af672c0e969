// Serves 100,000 events.
#include "kit.h"

void describe(manifest *ret) {
    static route routes[100000];
    for (int i = 0; i < 100000; i++) {
        routes[i].event = format("event %d", i);
    }
    describe_routes(ret, STRING("/"), routes, 100000);
}
