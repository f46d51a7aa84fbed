// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    auto fork = [](int x) { return x; };
    cout << fork(1);
}
