#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

int main() {
    std::string line;
    std::getline(std::cin, line);
    const int n = std::stoi(line);

    for (int i = 0; i < n; ++i) {
        std::getline(std::cin, line);
        std::istringstream in(line);
        std::vector<std::string> words;
        for (std::string word; in >> word;) {
            words.push_back(word);
        }
        std::reverse(words.begin(), words.end());
        for (std::size_t k = 0; k < words.size(); ++k) {
            std::cout << (k ? " " : "") << words[k];
        }
        std::cout << '\n';
    }
}
