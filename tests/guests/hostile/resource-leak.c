// Takes handles of the host's for ever and never drops one.
#include "kit.h"

response attack(void) {
    for (;;) {
        wasi_clocks_monotonic_clock_subscribe_duration(86400000000000);
    }
}
