#include <algorithm>
#include <cctype>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

int main() {
    std::size_t k;
    std::cin >> k;

    std::map<std::string, int> counts;
    std::string word;
    const auto finish_word = [&] {
        if (!word.empty()) {
            ++counts[word];
            word.clear();
        }
    };
    for (char c; std::cin.get(c);) {
        const auto letter = static_cast<unsigned char>(c);
        if (std::isalpha(letter)) {
            word.push_back(static_cast<char>(std::tolower(letter)));
        } else {
            finish_word();
        }
    }
    finish_word();

    // The map is in alphabetical order, and a stable sort keeps it for equal counts.
    std::vector<std::pair<std::string, int>> ranking(counts.begin(), counts.end());
    std::stable_sort(ranking.begin(), ranking.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    ranking.resize(std::min(k, ranking.size()));
    for (const auto& [favourite, count] : ranking) {
        std::cout << favourite << ' ' << count << '\n';
    }
}
