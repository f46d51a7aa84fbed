// finds: file
#include <fstream>
using std::ofstream;
int main() {
    ofstream out("x");
}
