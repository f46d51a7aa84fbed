// finds: nothing
#include <iostream>
using namespace std;
int read() { int x; cin >> x; return x; }
int main() {
    cout << read();
}
