// Loops before any export runs, but only in an instance that is made for the event `attack`.
//
// It takes a host that makes the instance when the event is current already. Any other finds a harmless guest.
#include "kit.h"

[[gnu::constructor]] static void start(void) {
    string event;
    error error;
    volatile bool attacked = stockade_handler_context_event_name(&event, &error) && equal(event, "attack");
    while (attacked) {
    }
}
