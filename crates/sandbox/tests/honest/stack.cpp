// honest: a large array on the stack, and a million frames of recursion
// stdout: 104857600 1000000
#include <cstdio>
#include <cstring>
__attribute__((noinline)) long large() {
    volatile char array[100 << 20];
    memset((void *)array, 1, sizeof array);
    long sum = 0;
    for (char c : array) sum += c;
    return sum;
}
__attribute__((noinline)) long depth(long n) {
    volatile long here = n;
    return n == 0 ? 0 : depth(here - 1) + 1;
}
int main() { printf("%ld %ld\n", large(), depth(1000000)); }
