// Sends 10,000 arrays in one another.
#include "kit.h"

response attack(void) {
    return send(json(format("%S%S", repeated('[', 10000), repeated(']', 10000))));
}
