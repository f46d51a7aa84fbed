// Fails: the answer is right, but the program reports failure when it ends.
#include <iostream>

int main() {
    long long a, b;
    std::cin >> a >> b;
    std::cout << a + b << '\n';
    return 1;
}
