// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    int reopen = 1, offs[2] = {1, 2}, fork_count = 3, executed = 4;
    cout << reopen << offs[0] << fork_count << executed;
}
