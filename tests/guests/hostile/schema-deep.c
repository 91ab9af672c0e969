// Has a schema of 10,000 levels.
#include <string.h>

#include "kit.h"

enum { LEVELS = 10000, OPENING = 7 };

void describe(manifest *ret) {
    string openings = repeated(' ', LEVELS * OPENING);
    for (size_t i = 0; i < LEVELS; i++) {
        memcpy(openings.ptr + i * OPENING, "{\"not\":", OPENING);
    }
    describe_schema(ret, format("%S{}%S", openings, repeated('}', LEVELS)));
}
