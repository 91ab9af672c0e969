// Sleeps for a day before any export runs, in about a quarter of its instances.
#include "kit.h"

[[gnu::constructor]] static void start(void) {
    if ((wasi_clocks_monotonic_clock_now() & 3) == 0) {
        wasi_io_poll_own_pollable_t timer = wasi_clocks_monotonic_clock_subscribe_duration(86400000000000);
        wasi_io_poll_method_pollable_block(wasi_io_poll_borrow_pollable(timer));
    }
}
