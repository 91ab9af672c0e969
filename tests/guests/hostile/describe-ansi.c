// Names with control characters.
#include "kit.h"
void describe(manifest *ret) {
    static route routes[] = {{.event = STRING("ping\x1b[2J\naccepted"), .handler = 0}};
    static namespace namespaces[] = {{.name = STRING("/a\nimports\n  nothing\x1b[31m"), .routes = LIST(routes)}};
    *ret = (manifest){.sdk = STRING("\x1b]0;pwned\x07 fake"), .namespaces = LIST(namespaces)};
}
