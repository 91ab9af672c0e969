// Sends text that is not UTF-8.
#include "kit.h"

response attack(void) {
    return send(json(STRING("[\"\xFF\xFE\"]")));
}
