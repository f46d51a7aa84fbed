// Solves all groups but the last: knows no notes beyond 111111.
#include <iostream>

int main() {
    long long rest;
    std::cin >> rest;
    long long notes = 0;
    for (long long note = 111111; note > 0; note /= 10) {
        notes += rest / note;
        rest %= note;
    }
    std::cout << notes << '\n';
}
