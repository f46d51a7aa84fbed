// Far too slow: tries every stretch and adds up each of them anew.
#include <algorithm>
#include <iostream>
#include <numeric>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<long long> results(n);
    for (auto& result : results) {
        std::cin >> result;
    }

    long long best = results[0];
    for (int first = 0; first < n; ++first) {
        for (int last = first + 1; last <= n; ++last) {
            best = std::max(best, std::accumulate(results.begin() + first, results.begin() + last, 0LL));
        }
    }
    std::cout << best << '\n';
}
