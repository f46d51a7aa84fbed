#include <cstdio>
int main() { int n; std::scanf("%d", &n); std::printf("%d\n%d\n", n / 2, n - n / 2); }
