// Has a pattern with a lookahead, which no linear-time matcher has.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"type\":\"string\",\"pattern\":\"^(?=a)a$\"}"));
}
