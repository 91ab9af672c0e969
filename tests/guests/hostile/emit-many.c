// Emits 2,000 times, and answers how many of these the host took and what it said to the first that it did not.
#include "kit.h"

response attack(void) {
    int accepted = 0;
    string first = STRING("null");
    for (int i = 0; i < 2000; i++) {
        error error;
        if (emit("tick", format("[%d]", i), &error)) {
            accepted++;
        } else if (equal(first, "null")) {
            first = error_json(&error);
        }
    }
    return ok(format("{\"accepted\":%d,\"error\":%S}", accepted, first));
}
