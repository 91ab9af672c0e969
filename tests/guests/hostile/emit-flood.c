// Emits for ever, whatever the host says.
#include "kit.h"

response attack(void) {
    for (error error;;) {
        emit("flood", STRING("[\"drop\"]"), &error);
    }
}
