// Has a small schema that takes 2^40 steps: each level tries the next one twice, and none ever matches.
#include "kit.h"

void describe(manifest *ret) {
    string definitions = STRING("\"level40\":{\"not\":{}}");
    for (int i = 0; i < 40; i++) {
        string next = format("{\"$ref\":\"#/definitions/level%d\"}", i + 1);
        definitions = format("%S,\"level%d\":{\"anyOf\":[%S,%S]}", definitions, i, next, next);
    }
    describe_schema(ret, format("{\"definitions\":{%S},\"$ref\":\"#/definitions/level0\"}", definitions));
}
