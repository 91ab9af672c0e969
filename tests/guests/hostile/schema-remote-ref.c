// Has a schema that refers to one on another machine.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"$ref\":\"http://127.0.0.1:9/schema.json\"}"));
}
