// finds: file
#include <fstream>
typedef std::ifstream In;
int main() {
    In in("x");
}
