// Has a schema in a dialect that nobody knows.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"$schema\":\"https://example.com/no-such-dialect\"}"));
}
