// Wrong: prints too few digits.
#include <cmath>
#include <cstdio>
#include <vector>

int main() {
    int n;
    if (std::scanf("%d", &n) != 1) {
        return 1;
    }
    std::vector<double> values(n);
    double sum = 0;
    for (double& x : values) {
        if (std::scanf("%lf", &x) != 1) {
            return 1;
        }
        sum += x;
    }
    double squares = 0;
    for (double x : values) {
        squares += (x - sum / n) * (x - sum / n);
    }
    std::printf("%.2f %.2f\n", sum / n, std::sqrt(squares / n));
}
