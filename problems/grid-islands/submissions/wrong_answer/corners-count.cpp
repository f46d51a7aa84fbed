// Wrong: cells that only touch at a corner do not belong together.
#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

int main() {
    int rows, columns;
    std::cin >> rows >> columns;
    std::vector<std::string> picture(rows);
    for (auto& line : picture) {
        std::cin >> line;
    }

    int islands = 0;
    int largest = 0;
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            if (picture[row][column] != '#') {
                continue;
            }
            std::vector<std::pair<int, int>> stack{{row, column}};
            picture[row][column] = '.';
            int size = 0;
            while (!stack.empty()) {
                const auto [r, c] = stack.back();
                stack.pop_back();
                ++size;
                for (int y = std::max(r - 1, 0); y <= std::min(r + 1, rows - 1); ++y) {
                    for (int x = std::max(c - 1, 0); x <= std::min(c + 1, columns - 1); ++x) {
                        if (picture[y][x] == '#') {
                            picture[y][x] = '.';
                            stack.push_back({y, x});
                        }
                    }
                }
            }
            ++islands;
            largest = std::max(largest, size);
        }
    }
    std::cout << islands << ' ' << largest << '\n';
}
