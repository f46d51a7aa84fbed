// Wrong: forgets the start of the range when it is a prime.
#include <iostream>
#include <vector>

constexpr int limit = 2'000'000;

int main() {
    std::vector<bool> composite(limit + 1);
    std::vector<int> up_to(limit + 1);
    for (int x = 2; x <= limit; ++x) {
        up_to[x] = up_to[x - 1] + !composite[x];
        if (!composite[x]) {
            for (long long multiple = 1LL * x * x; multiple <= limit; multiple += x) {
                composite[multiple] = true;
            }
        }
    }

    int q;
    std::cin >> q;
    while (q-- > 0) {
        int a, b;
        std::cin >> a >> b;
        std::cout << up_to[b] - up_to[a] << '\n';
    }
}
