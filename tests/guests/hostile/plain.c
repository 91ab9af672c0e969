// No attack: the well-behaved half of every hostile guest.
#include "kit.h"
