// finds: native
#include <bits/stdc++.h>
using namespace std;
int main() {
    asm volatile("nop");
}
