// finds: process
#include <bits/stdc++.h>
using namespace std;
int main() {
    if (fork() == 0) return 1;
}
