// Sleeps for a day.
#include "kit.h"

response attack(void) {
    wasi_io_poll_own_pollable_t timer = wasi_clocks_monotonic_clock_subscribe_duration(86400000000000);
    wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(timer));
    return ok_nothing();
}
