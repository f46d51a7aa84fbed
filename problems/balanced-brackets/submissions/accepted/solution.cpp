#include <iostream>
#include <string>

std::string check(const std::string& text) {
    std::string expected;  // the closing brackets that we wait for, used as a stack
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (text[i]) {
            case '(': expected.push_back(')'); break;
            case '[': expected.push_back(']'); break;
            case '{': expected.push_back('}'); break;
            default:
                if (expected.empty() || expected.back() != text[i]) {
                    return std::to_string(i + 1);
                }
                expected.pop_back();
        }
    }
    return expected.empty() ? "ok" : "incomplete";
}

int main() {
    std::string line;
    std::getline(std::cin, line);
    for (int t = std::stoi(line); t > 0; --t) {
        std::getline(std::cin, line);
        std::cout << check(line) << '\n';
    }
}
