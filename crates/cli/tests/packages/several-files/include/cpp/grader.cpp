#include <cstdio>
#include "twice.h"
int main() { int n; std::scanf("%d", &n); std::printf("%d\n", twice(n)); }
