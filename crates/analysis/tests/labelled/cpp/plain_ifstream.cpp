// finds: file
#include <bits/stdc++.h>
using namespace std;
int main() {
    ifstream in("a.txt");
    int x;
    in >> x;
}
