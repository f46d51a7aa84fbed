// finds: file
#include <bits/stdc++.h>
using namespace std;
int main() {
    freopen("in.txt", "r", stdin);
}
