// Fails: throws an exception if all values are equal.
#include <cmath>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <vector>

int main() {
    int n;
    std::cin >> n;
    std::vector<double> values(n);
    double sum = 0;
    bool all_equal = true;
    for (double& x : values) {
        std::cin >> x;
        sum += x;
        all_equal = all_equal && x == values.front();
    }
    if (all_equal) {
        throw std::runtime_error("the values do not differ at all");
    }
    double squares = 0;
    for (double x : values) {
        squares += (x - sum / n) * (x - sum / n);
    }
    std::cout << std::fixed << std::setprecision(9) << sum / n << ' ' << std::sqrt(squares / n) << '\n';
}
