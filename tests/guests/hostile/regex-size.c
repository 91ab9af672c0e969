// Has a pattern that is short and means 1,000,000,000 characters.
#include "kit.h"

void describe(manifest *ret) {
    describe_schema(ret, STRING("{\"type\":\"string\",\"pattern\":\"^((a{1000}){1000}){1000}$\"}"));
}
