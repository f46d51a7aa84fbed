// finds: process
#include <cstdlib>
struct A {
    void system();
};
int main() {
    system("ls");
}
