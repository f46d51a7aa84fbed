// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    vector<int> v{1, 2};
    v.erase(remove(v.begin(), v.end(), 1), v.end());
}
