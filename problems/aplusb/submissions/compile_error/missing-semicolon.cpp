// Does not compile: a semicolon is missing, and so is the header.
int main() {
    long long a, b
    std::cin >> a >> b;
    std::cout << a + b << '\n';
}
