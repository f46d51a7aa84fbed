// finds: nothing
#include <bits/stdc++.h>
using namespace std;
int main() {
    cout << "system(1) fopen fork exec http. open(";
}
