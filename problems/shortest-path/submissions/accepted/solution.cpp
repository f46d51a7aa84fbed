#include <functional>
#include <iostream>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

struct Road {
    int to;
    long long seconds;
};

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);

    int n, m;
    std::cin >> n >> m;
    std::vector<std::vector<Road>> roads_from(n + 1);
    for (int i = 0; i < m; ++i) {
        int u, v;
        long long w;
        std::cin >> u >> v >> w;
        roads_from[u].push_back({v, w});
    }

    constexpr long long never = std::numeric_limits<long long>::max();
    std::vector<long long> best(n + 1, never);
    using Entry = std::pair<long long, int>;  // arrival time and town
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    best[1] = 0;
    queue.push({0, 1});
    while (!queue.empty()) {
        const auto [time, town] = queue.top();
        queue.pop();
        if (time > best[town]) {
            continue;
        }
        for (const Road& road : roads_from[town]) {
            if (time + road.seconds < best[road.to]) {
                best[road.to] = time + road.seconds;
                queue.push({best[road.to], road.to});
            }
        }
    }

    if (best[n] == never) {
        std::cout << "unreachable\n";
    } else {
        std::cout << best[n] << '\n';
    }
}
