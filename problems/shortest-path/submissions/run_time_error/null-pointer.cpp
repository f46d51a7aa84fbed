// Fails: follows a null pointer when there is no way to the last town.
#include <functional>
#include <iostream>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

struct Arrival {
    long long time;
};

int main() {
    int n, m;
    std::cin >> n >> m;
    std::vector<std::vector<std::pair<int, long long>>> roads_from(n + 1);
    for (int i = 0; i < m; ++i) {
        int u, v;
        long long w;
        std::cin >> u >> v >> w;
        roads_from[u].push_back({v, w});
    }

    std::vector<std::unique_ptr<Arrival>> arrival_at(n + 1);
    std::priority_queue<std::pair<long long, int>, std::vector<std::pair<long long, int>>, std::greater<>> queue;
    queue.push({0, 1});
    while (!queue.empty()) {
        const auto [time, town] = queue.top();
        queue.pop();
        if (arrival_at[town]) {
            continue;
        }
        arrival_at[town] = std::make_unique<Arrival>(Arrival{time});
        for (const auto& [neighbour, seconds] : roads_from[town]) {
            if (!arrival_at[neighbour]) {
                queue.push({time + seconds, neighbour});
            }
        }
    }
    std::cout << arrival_at[n]->time << '\n';
}
