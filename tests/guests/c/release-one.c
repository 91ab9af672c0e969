// The first release.
#define RELEASE "1"
#define ONLY "/in-the-first"
#include "release.h"
