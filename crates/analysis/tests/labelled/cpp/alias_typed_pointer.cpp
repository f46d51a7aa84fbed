// finds: process
#include <bits/stdc++.h>
using namespace std;
int main() {
    int (*f)(const char *) = &system;
    f("ls");
}
