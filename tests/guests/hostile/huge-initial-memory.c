// clang: -Wl,--initial-memory=1073741824
// Declares a memory of 1 GiB.
#include "kit.h"
