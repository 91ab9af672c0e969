// Logs for ever.
#include "kit.h"

response attack(void) {
    string context = STRING("endless-log");
    string message = STRING("again and again and again");
    for (;;) {
        wasi_logging_logging_log(WASI_LOGGING_LOGGING_LEVEL_ERROR, &context, &message);
    }
}
