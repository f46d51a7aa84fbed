// finds: process
#include <bits/stdc++.h>
using namespace std;
int main() {
    FILE *p = popen("ls", "r");
}
