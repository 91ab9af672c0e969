// Has one route with a million hooks.
#include "kit.h"

void describe(manifest *ret) {
    static step steps[1000000];
    static route routes[] = {{.event = STRING("ping"), .steps = LIST(steps)}};
    for (int i = 0; i < 1000000; i++) {
        steps[i].tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_HOOK;
    }
    describe_routes(ret, STRING("/"), routes, 1);
}
