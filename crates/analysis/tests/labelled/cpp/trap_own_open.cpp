// finds: nothing
#include <iostream>
using namespace std;
int open(int x) { return x + 1; }
int main() {
    cout << open(3);
}
