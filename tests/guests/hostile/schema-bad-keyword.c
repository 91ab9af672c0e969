// Has a schema whose `type` is a number.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"type\":5}"));
}
