// chance[d]: how likely it is to have seen d different numbers so far.
#include <iomanip>
#include <iostream>
#include <vector>

int main() {
    int n, s, k;
    std::cin >> n >> s >> k;

    std::vector<double> chance(s + 1);
    chance[0] = 1;
    for (int i = 0; i < n; ++i) {
        for (int d = s; d > 0; --d) {
            chance[d] = chance[d] * d / s + chance[d - 1] * (s - d + 1) / s;
        }
        chance[0] = 0;
    }

    double win = 0;
    for (int d = k; d <= s; ++d) {
        win += chance[d];
    }
    std::cout << std::setprecision(12) << win << '\n';
}
