// Two summands of n; `positive` as an argument wants both above 0.
#include "validate.h"

int main(int argc, char **argv) {
    init_io(argc, argv);
    bool positive = argc > 4 && std::strcmp(argv[4], "positive") == 0;
    long long n, a, b;
    judge_in >> n;
    if (!(author_out >> a >> b)) wrong_answer("no two numbers");
    if (a + b != n) wrong_answer("%lld and %lld are not %lld", a, b, n);
    if (positive && (a < 1 || b < 1)) wrong_answer("not positive");
    std::string rest;
    if (author_out >> rest) wrong_answer("trailing output");
    accept();
}
