#include "kit.h"

response attack(void) {
    for (volatile unsigned turns = 0;; turns++) {
    }
}
