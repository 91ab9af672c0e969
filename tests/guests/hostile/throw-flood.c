// Throws an error of a megabyte.
#include "kit.h"

bool handle_event(uint32_t handler, string *, response *ret, thrown *thrown) {
    if (handler != 0 || !equal(input(), "null")) { *ret = ok(STRING("\"pong\"")); return true; }
    thrown->name = STRING("Error");
    thrown->message = repeated('\x01', 900000);
    thrown->stack.is_some = false;
    thrown->data.is_some = false;
    return false;
}
