#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

// Removes the island that the given cell belongs to from the picture and returns its size.
int take_island(std::vector<std::string>& picture, int row, int column) {
    const int rows = static_cast<int>(picture.size());
    const int columns = static_cast<int>(picture[0].size());
    std::vector<std::pair<int, int>> stack;
    int size = 0;

    const auto visit = [&](int r, int c) {
        if (r >= 0 && r < rows && c >= 0 && c < columns && picture[r][c] == '#') {
            picture[r][c] = '.';
            ++size;
            stack.push_back({r, c});
        }
    };
    visit(row, column);
    while (!stack.empty()) {
        const auto [r, c] = stack.back();
        stack.pop_back();
        visit(r - 1, c);
        visit(r + 1, c);
        visit(r, c - 1);
        visit(r, c + 1);
    }
    return size;
}

int main() {
    int rows, columns;
    std::cin >> rows >> columns;
    std::vector<std::string> picture(rows);
    for (auto& line : picture) {
        std::cin >> line;
    }

    int islands = 0;
    int largest = 0;
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
            if (picture[r][c] == '#') {
                ++islands;
                largest = std::max(largest, take_island(picture, r, c));
            }
        }
    }
    std::cout << islands << ' ' << largest << '\n';
}
