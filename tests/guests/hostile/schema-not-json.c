// Has a schema that is not JSON.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"type\":"));
}
