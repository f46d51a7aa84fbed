// Wrong: an int has only 32 bits, so large input does not fit.
#include <iostream>

int main() {
    int a, b;
    std::cin >> a >> b;
    std::cout << static_cast<long long>(a) + b << '\n';
}
