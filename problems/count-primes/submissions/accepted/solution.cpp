#include <iostream>
#include <vector>

constexpr int limit = 2'000'000;

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);

    std::vector<bool> composite(limit + 1);
    std::vector<int> up_to(limit + 1);  // up_to[x]: how many primes are at most x
    for (int x = 2; x <= limit; ++x) {
        up_to[x] = up_to[x - 1];
        if (composite[x]) {
            continue;
        }
        ++up_to[x];
        for (long long multiple = 1LL * x * x; multiple <= limit; multiple += x) {
            composite[multiple] = true;
        }
    }

    int q;
    std::cin >> q;
    while (q-- > 0) {
        int a, b;
        std::cin >> a >> b;
        std::cout << up_to[b] - up_to[a - 1] << '\n';
    }
}
