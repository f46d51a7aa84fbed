// finds: process
#include <cstdlib>
int main() {
    ::system("ls");
}
