// finds: file
#include <fstream>
using In = std::ifstream;
int main() {
    In in("x");
}
