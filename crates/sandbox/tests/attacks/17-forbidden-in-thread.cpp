// attack: a thread makes the forbidden call, so that only that thread might die
// expect: syscall_denied
// stopped-by: seccomp
#include <cstdio>
#include <sys/socket.h>
#include <thread>
int main() {
    std::thread([] { socket(AF_INET, SOCK_STREAM, 0); }).join();
    puts("GOT THROUGH");
    return 1;
}
