// Sends text that is not JSON.
#include "kit.h"

response attack(void) {
    return send(json(STRING("[not json")));
}
