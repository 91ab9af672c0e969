// Sends two JSON values.
#include "kit.h"

response attack(void) {
    return send(json(STRING("[] []")));
}
