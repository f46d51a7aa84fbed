#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

int main() {
    std::string a, b;
    std::cin >> a >> b;

    // kept[i][j]: the most letters that can be kept of the first i of a and the first j of b.
    std::vector<std::vector<int>> kept(a.size() + 1, std::vector<int>(b.size() + 1));
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            if (a[i - 1] == b[j - 1]) {
                kept[i][j] = kept[i - 1][j - 1] + 1;
            } else {
                kept[i][j] = std::max(kept[i - 1][j], kept[i][j - 1]);
            }
        }
    }
    std::cout << kept[a.size()][b.size()] << '\n';
}
