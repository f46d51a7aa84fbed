// attack: computes while compiling, each constant just under the compiler's own limit
// expect: compile_failed
// stopped-by: supervisor
// within: 180
constexpr unsigned long spin(unsigned long seed) {
    for (int outer = 0; outer < 200; outer++)
        for (int inner = 0; inner < 250000; inner++) seed = seed * 3 + 1;
    return seed;
}
template <int N> constexpr unsigned long spun = spin(N);
constexpr unsigned long a = spun<0>, b = spun<1>;
int main() { return a + b; }
