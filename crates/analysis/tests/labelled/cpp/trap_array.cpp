// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    int link[10] = {}, system[3] = {};
    cout << link[0] << system[1];
}
