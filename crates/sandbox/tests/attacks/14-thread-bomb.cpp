// attack: thread bomb: as many as it can, and each new one tries the same
// expect: exited
// stopped-by: cgroups
// exit: 0
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <unistd.h>
std::atomic<int> alive{1};
void bomb() {
    try {
        for (;;) {
            std::thread(bomb).detach();
            if (++alive > 60) { puts("GOT THROUGH"); _exit(1); }
        }
    } catch (...) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
}
int main() {
    bomb();
    _exit(0);
}
