// Has a pattern that takes exponential time where a matcher tries one way after the other.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"type\":\"string\",\"pattern\":\"^((a+)+)+$\"}"));
}
