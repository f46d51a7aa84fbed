// attack: many threads, each far under the limit
// expect: memory_exceeded
// stopped-by: cgroups
#include <cstdlib>
#include <cstring>
#include <thread>
#include <unistd.h>
#include <vector>
int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 40; i++)
        threads.emplace_back([] {
            void *mine = memset(malloc(16 << 20), 1, 16 << 20);
            asm volatile("" ::"r"(mine) : "memory");
            sleep(60);
        });
    for (auto &thread : threads) thread.join();
}
