#include <cmath>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<double> values(n);
    for (double& x : values) {
        std::cin >> x;
    }

    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0;
    for (double x : values) {
        squares += (x - mean) * (x - mean);
    }
    std::cout << std::fixed << std::setprecision(9) << mean << ' ' << std::sqrt(squares / n) << '\n';
}
