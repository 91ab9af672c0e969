// Names a schema that is not there.
#include "kit.h"

void describe(manifest *ret) {
    static step steps[] = {{EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_VALIDATE, {.validate = 3}}};
    static route routes[] = {
        {.event = STRING("ping"), .steps = LIST(steps), .handler = PING},
    };
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
}
