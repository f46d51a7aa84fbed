// Fails with an exception when full pots alone are not enough.
#include <iostream>
#include <vector>

int main() {
    int k, wanted;
    std::cin >> k >> wanted;
    std::vector<int> pots;
    for (int i = 0; i < k; ++i) {
        int bag;
        std::cin >> bag;
        for (; bag >= 10; bag -= 10) {
            pots.push_back(10);
        }
    }
    std::size_t used = 0;
    for (; wanted > 0; ++used) {
        wanted -= pots.at(used);
    }
    std::cout << used << '\n';
}
