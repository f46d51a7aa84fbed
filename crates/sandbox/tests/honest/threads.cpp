// honest: threads, futures, conditions, atomics, thread-local data
// stdout: 400000 499500 3 once
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>
std::atomic<long> total{0};
thread_local int own = 0;
int main() {
    std::vector<std::thread> crowd;
    for (int i = 0; i < 4; i++)
        crowd.emplace_back([] { for (int j = 0; j < 100000; j++) { total++; own++; } });
    for (auto &one : crowd) one.join();
    auto sum = std::async(std::launch::async, [] {
        std::vector<long> v(1000);
        std::iota(v.begin(), v.end(), 0);
        return std::accumulate(v.begin(), v.end(), 0L);
    });
    std::mutex lock;
    std::condition_variable changed;
    int turn = 0;
    std::thread other([&] {
        for (int i = 0; i < 3; i++) {
            std::lock_guard guard(lock);
            turn++;
            changed.notify_all();
        }
    });
    {
        std::unique_lock guard(lock);
        changed.wait_for(guard, std::chrono::seconds(5), [&] { return turn == 3; });
    }
    other.join();
    std::once_flag flag;
    const char *word = "";
    std::call_once(flag, [&] { word = "once"; });
    printf("%ld %ld %d %s\n", total.load(), sum.get(), turn, word);
}
