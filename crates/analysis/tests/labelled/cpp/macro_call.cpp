// finds: process
#include <cstdlib>
#define RUN(x) system(x)
int main() {
    RUN("ls");
}
