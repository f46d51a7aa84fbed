// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    cout << R"(system("ls"); fopen("x"))";
}
