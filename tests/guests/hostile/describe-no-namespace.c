// Serves nothing.
#include "kit.h"

void describe(manifest *ret) {
    *ret = (manifest){.sdk = STRING("test kit for C")};
}
