#include "testlib.h"

int main(int argc, char **argv) {
    registerTestlibCmd(argc, argv);
    int n = inf.readInt(), found = ouf.readInt();
    if (n % ans.readInt() != 0) quitf(_fail, "the jury's answer is wrong");
    if (found < 2 || n % found != 0) quitf(_wa, "%d does not divide %d", found, n);
    quitf(_ok, "%d divides %d", found, n);
}
