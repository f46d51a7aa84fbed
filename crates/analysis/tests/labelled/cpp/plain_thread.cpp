// finds: threads
#include <bits/stdc++.h>
using namespace std;
int main() {
    thread t([] {});
    t.join();
}
