// finds: file
#include <bits/stdc++.h>
using namespace std;
int main() {
    std::filesystem::remove("x");
}
