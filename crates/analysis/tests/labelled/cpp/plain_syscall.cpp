// finds: native
#include <bits/stdc++.h>
using namespace std;
int main() {
    syscall(39);
}
