// Wrong: ">>" skips empty lines, but an empty text needs an answer too.
#include <iostream>
#include <string>

int main() {
    int t;
    std::cin >> t;
    for (std::string text; std::cin >> text;) {
        std::string expected;
        std::string answer;
        for (std::size_t i = 0; i < text.size() && answer.empty(); ++i) {
            switch (text[i]) {
                case '(': expected.push_back(')'); break;
                case '[': expected.push_back(']'); break;
                case '{': expected.push_back('}'); break;
                default:
                    if (!expected.empty() && expected.back() == text[i]) {
                        expected.pop_back();
                    } else {
                        answer = std::to_string(i + 1);
                    }
            }
        }
        if (answer.empty()) {
            answer = expected.empty() ? "ok" : "incomplete";
        }
        std::cout << answer << '\n';
    }
}
