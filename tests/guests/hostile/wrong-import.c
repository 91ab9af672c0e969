// Imports an interface that no host offers.
#include "kit.h"

response attack(void) {
    stockade_guests_unknown_call();
    return ok_nothing();
}
