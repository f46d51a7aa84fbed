#include "testlib.h"

int main(int argc, char **argv) {
    registerTestlibCmd(argc, argv);
    int n, found;
    inf >> n;
    if (!(ouf >> found) || found < 2 || n % found != 0) quitf(_wa, "no divisor");
    quitf(_ok, "a divisor");
}
