// Names for people that are made for their terminals, and one of 200 KB.
#include "kit.h"

void describe(manifest *ret) {
    static step steps[] = {
        {EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_HOOK, {.hook = 0}},
        {EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_HOOK, {.hook = 1}},
    };
    static hook_name hook_names[] = {{0, STRING("\x1b[2J\nnamespace /secret")}, {.hook = 1}};
    static route routes[] = {
        {.event = STRING("ping"), .handler = PING, .handler_name = STRING("\x1b]0;pwned\x07")},
        {.event = STRING("attack"), .steps = LIST(steps), .handler = ATTACK, .handler_name = STRING("\r\x1b[31m")},
    };
    hook_names[1].name = repeated('x', 200000);
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
    ret->hook_names.ptr = hook_names;
    ret->hook_names.len = sizeof hook_names / sizeof *hook_names;
}

response attack(void) {
    __builtin_trap();
}
