// Wrong: gives -1 if all letters occur in pairs.
#include <array>
#include <iostream>

int main() {
    std::array<int, 26> count{};
    for (char letter; std::cin >> letter;) {
        ++count[letter - 'a'];
    }
    int odd = 0;
    for (int times : count) {
        odd += times % 2;
    }
    std::cout << odd - 1 << '\n';
}
