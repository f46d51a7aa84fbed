// finds: process
#include <cstdlib>
#define RUN system
int main() {
    RUN("ls");
}
