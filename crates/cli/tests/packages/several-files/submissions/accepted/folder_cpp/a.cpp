#include "util/b.h"
#include "twice.h"
int twice(int number) { return add(number, number); }
