#include <iostream>

int main() {
    long long n;
    std::cin >> n;

    // Size `low` is possible, size `high` is not.
    long long low = 0;
    long long high = 1'000'000'000;
    while (high - low > 1) {
        const long long middle = (low + high) / 2;
        (2 * middle * (middle + 1) + 1 <= n ? low : high) = middle;
    }
    std::cout << low << '\n';
}
