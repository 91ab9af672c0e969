// The second release.
#define RELEASE "2"
#define ONLY "/in-the-second"
#include "release.h"
