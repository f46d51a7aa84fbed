// finds: network
#include <bits/stdc++.h>
using namespace std;
int main() {
    int s = socket(2, 1, 0);
}
