#include <algorithm>
#include <iostream>
#include <limits>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);

    int n;
    std::cin >> n;

    long long best = std::numeric_limits<long long>::min();
    long long ending_here = 0;
    for (int i = 0; i < n; ++i) {
        long long result;
        std::cin >> result;
        ending_here = std::max(ending_here, 0LL) + result;
        best = std::max(best, ending_here);
    }
    std::cout << best << '\n';
}
