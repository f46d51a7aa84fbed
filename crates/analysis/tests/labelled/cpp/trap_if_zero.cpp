// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
#if 0
    system("ls");
#endif
}
