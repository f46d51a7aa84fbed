// finds: process
#include <cstdlib>
int main() {
    std::system("ls");
}
