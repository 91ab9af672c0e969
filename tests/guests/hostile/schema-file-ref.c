// Has a schema that refers to a file.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"$ref\":\"file:///etc/passwd\"}"));
}
