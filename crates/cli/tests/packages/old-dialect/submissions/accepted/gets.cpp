#include <cstdio>
#include <cstdlib>
#define LL "l"
// C++14 has no gets, and C++11 takes "%"LL"d" for one literal with a suffix, and narrows nothing.
int rank[] = {0, 2.0};
int main() {
    char line[100];
    while (gets(line)) {
        long small = atoi(line);
        printf("%"LL"d\n", small * small * rank[1] / 2);
    }
}
