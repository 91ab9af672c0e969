// Emits 900 KB at a time until the host refuses, and answers how often it did not and what it said then.
#include "kit.h"

response attack(void) {
    string arguments = format("[\"%S\"]", repeated('x', 900000));
    for (int accepted = 0; accepted < 1000; accepted++) {
        error error;
        if (!emit("load", arguments, &error)) {
            return ok(format("{\"accepted\":%d,\"error\":%S}", accepted, error_json(&error)));
        }
    }
    return ok(STRING("{\"accepted\":1000,\"error\":null}"));
}
