// honest: random devices, clocks, sleeping, the C library's time
// stdout: ok
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>
int main() {
    std::random_device standard, named("/dev/urandom"), entropy("getentropy");
    std::ifstream file("/dev/urandom", std::ios::binary);
    char bytes[8];
    if (!file.read(bytes, 8) || getrandom(bytes, 8, 0) != 8 || getentropy(bytes, 8)) return 2;
    srand(time(nullptr) + standard() + named() + entropy());
    auto start = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    usleep(1000);
    if (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(5)) return 3;
    timeval now;
    gettimeofday(&now, nullptr);
    time_t seconds = time(nullptr);
    rusage used;
    getrusage(RUSAGE_SELF, &used);
    timespec resolution;
    clock_getres(CLOCK_PROCESS_CPUTIME_ID, &resolution);
    if (clock() < 0 || !localtime(&seconds) || std::thread::hardware_concurrency() < 1 || sysconf(_SC_NPROCESSORS_ONLN) < 1 || sysconf(_SC_PHYS_PAGES) < 1) return 4;
    puts("ok");
}
