// Too slow: solves the same small problems again and again.
#include <algorithm>
#include <iostream>
#include <string>

std::string a, b;

int kept(std::size_t i, std::size_t j) {
    if (i == a.size() || j == b.size()) {
        return 0;
    }
    if (a[i] == b[j]) {
        return kept(i + 1, j + 1) + 1;
    }
    return std::max(kept(i + 1, j), kept(i, j + 1));
}

int main() {
    std::cin >> a >> b;
    std::cout << kept(0, 0) << '\n';
}
