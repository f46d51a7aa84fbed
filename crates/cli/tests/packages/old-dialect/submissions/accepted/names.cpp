#include <cstddef>
#include <iostream>
#include <vector>
using namespace std;
// C++17 has std::byte and std::size, and with the directive above these are ambiguous.
typedef unsigned char byte;
int size;
int main() {
    cin >> size;
    byte small = size;
    cout << small * size << endl;
}
