// attack: eight threads that burn CPU
// expect: cpu_time_exceeded
// stopped-by: supervisor, cgroups
#include <thread>
int main() {
    for (int i = 0; i < 8; i++) std::thread([] { for (;;) asm volatile(""); }).detach();
    for (;;) asm volatile("");
}
