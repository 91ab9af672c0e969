#include <stdlib.h>

#include "kit.h"

response attack(void) {
    abort();
}
