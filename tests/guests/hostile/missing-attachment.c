// Refers to an attachment that is not there.
#include "kit.h"

response attack(void) {
    return send(json(STRING("[{\"_placeholder\":true,\"num\":7}]")));
}
