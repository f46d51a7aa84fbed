// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    auto f = bind(plus<int>(), 1, 2);
    cout << f();
}
