// finds: process
#include <bits/stdc++.h>
using namespace std;
int main() {
    auto f = system;
    f("ls");
}
