// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    // fopen("x") system("ls") fork()
    /* socket */ cout << 1;
}
