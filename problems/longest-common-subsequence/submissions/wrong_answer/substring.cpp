// Wrong: demands that the common letters stand next to each other.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

int main() {
    std::string a, b;
    std::cin >> a >> b;

    int best = 0;
    std::vector<std::vector<int>> run(a.size() + 1, std::vector<int>(b.size() + 1));
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            if (a[i - 1] == b[j - 1]) {
                run[i][j] = run[i - 1][j - 1] + 1;
                best = std::max(best, run[i][j]);
            }
        }
    }
    std::cout << best << '\n';
}
