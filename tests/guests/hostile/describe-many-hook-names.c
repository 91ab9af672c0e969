// Names 20,000 hooks that it has not.
#include "kit.h"

void describe(manifest *ret) {
    static hook_name hook_names[20000];
    static route routes[] = {{.event = STRING("ping"), .handler = PING}};
    for (int i = 0; i < 20000; i++) {
        hook_names[i] = (hook_name){i, STRING("hook")};
    }
    describe_routes(ret, STRING("/"), routes, 1);
    ret->hook_names.ptr = hook_names;
    ret->hook_names.len = sizeof hook_names / sizeof *hook_names;
}
