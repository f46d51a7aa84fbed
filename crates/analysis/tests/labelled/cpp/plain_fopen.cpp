// finds: file
#include <bits/stdc++.h>
using namespace std;
int main() {
    FILE *f = fopen("a", "r");
}
