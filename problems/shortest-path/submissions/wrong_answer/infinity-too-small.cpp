// Wrong: a way can take longer than the "infinity" of this program.
#include <functional>
#include <iostream>
#include <queue>
#include <utility>
#include <vector>

int main() {
    constexpr long long infinity = 2'000'000'000;

    int n, m;
    std::cin >> n >> m;
    std::vector<std::vector<std::pair<int, long long>>> roads_from(n + 1);
    for (int i = 0; i < m; ++i) {
        int u, v;
        long long w;
        std::cin >> u >> v >> w;
        roads_from[u].push_back({v, w});
    }

    std::vector<long long> best(n + 1, infinity);
    std::priority_queue<std::pair<long long, int>, std::vector<std::pair<long long, int>>, std::greater<>> queue;
    best[1] = 0;
    queue.push({0, 1});
    while (!queue.empty()) {
        const auto [time, town] = queue.top();
        queue.pop();
        if (time > best[town]) {
            continue;
        }
        for (const auto& [neighbour, seconds] : roads_from[town]) {
            if (time + seconds < best[neighbour]) {
                best[neighbour] = time + seconds;
                queue.push({time + seconds, neighbour});
            }
        }
    }
    if (best[n] == infinity) {
        std::cout << "unreachable\n";
    } else {
        std::cout << best[n] << '\n';
    }
}
