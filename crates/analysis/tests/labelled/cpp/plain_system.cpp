// finds: process
#include <bits/stdc++.h>
using namespace std;
int main() {
    system("ls");
}
