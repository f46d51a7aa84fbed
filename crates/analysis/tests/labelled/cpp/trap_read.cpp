// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    char b[10];
    read(0, b, 10);
    write(1, b, 10);
}
