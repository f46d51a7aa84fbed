// For each line: the largest rectangle in the histogram of free cells above it.
#include <algorithm>
#include <iostream>
#include <string>
#include <unordered_set>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);

    int n, m, k;
    std::cin >> n >> m >> k;
    std::vector<std::vector<std::string>> zones(n, std::vector<std::string>(m));
    for (auto& line : zones) {
        for (auto& name : line) {
            std::cin >> name;
        }
    }
    std::unordered_set<std::string> coaches;
    for (std::string name; std::cin >> name;) {
        coaches.insert(name);
    }

    int best = 0;
    std::vector<int> height(m + 1);  // the last column stays 0 and closes all rectangles
    for (const auto& line : zones) {
        std::vector<int> rising;
        for (int j = 0; j <= m; ++j) {
            if (j < m) {
                height[j] = coaches.count(line[j]) ? height[j] + 1 : 0;
            }
            while (!rising.empty() && height[rising.back()] >= height[j]) {
                const int h = height[rising.back()];
                rising.pop_back();
                const int left = rising.empty() ? 0 : rising.back() + 1;
                best = std::max(best, h * (j - left));
            }
            rising.push_back(j);
        }
    }
    std::cout << best << '\n';
}
