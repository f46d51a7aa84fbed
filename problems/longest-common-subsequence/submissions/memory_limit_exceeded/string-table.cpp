// Too large: stores the common letters themselves for every pair of prefixes.
#include <iostream>
#include <string>
#include <vector>

int main() {
    std::string a, b;
    std::cin >> a >> b;

    std::vector<std::vector<std::string>> kept(a.size() + 1, std::vector<std::string>(b.size() + 1));
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            if (a[i - 1] == b[j - 1]) {
                kept[i][j] = kept[i - 1][j - 1] + a[i - 1];
            } else if (kept[i - 1][j].size() > kept[i][j - 1].size()) {
                kept[i][j] = kept[i - 1][j];
            } else {
                kept[i][j] = kept[i][j - 1];
            }
        }
    }
    std::cout << kept[a.size()][b.size()].size() << '\n';
}
