// Has the server options that a test writes into its component: this text is in there once, and has room for more.
#include "kit.h"

#define SPACES_16 "                "
#define SPACES_128 SPACES_16 SPACES_16 SPACES_16 SPACES_16 SPACES_16 SPACES_16 SPACES_16 SPACES_16
#define SPACES_1024 SPACES_128 SPACES_128 SPACES_128 SPACES_128 SPACES_128 SPACES_128 SPACES_128 SPACES_128

enum { ECHO };

void describe(manifest *ret) {
    static route routes[] = {{.event = STRING("echo"), .handler = ECHO}};
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
    ret->options.is_some = true;
    ret->options.val = STRING("{\"path\":\"/written-by-the-test\"}" SPACES_1024);
}

bool handle_event(uint32_t, string *, response *ret, thrown *) {
    *ret = ok(input());
    return true;
}
