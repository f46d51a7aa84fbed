// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
#ifdef LOCAL
    if (freopen("in.txt", "r", stdin)) {}
#endif
}
