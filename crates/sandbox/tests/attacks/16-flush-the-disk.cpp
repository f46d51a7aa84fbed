// attack: makes the host's disk write out its cache all the time, by files that it can only read
// expect: exited
// stopped-by: seccomp
// exit: 0
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
int main() {
    int file = open("/usr/lib/locale/C.utf8/LC_CTYPE", O_RDONLY);
    if (file < 0) { puts("nothing of the host's to be read"); return 1; }
    auto took = [](auto flush) {
        auto begun = std::chrono::steady_clock::now();
        for (int i = 0; i < 500; i++) flush();
        return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun).count() / 500;
    };
    // No disk is as quick as an answer from the filter.
    double each[] = {took([=] { fsync(file); }), took([=] { fdatasync(file); })};
    for (double us : each) if (us > 40) printf("GOT THROUGH: %.0f us\n", us);
    // Programs that mean it well go on.
    int own = open("/workspace/file", O_CREAT | O_RDWR, 0600);
    return write(own, "x", 1) == 1 && !fsync(own) && !fdatasync(own) ? 0 : 1;
}
