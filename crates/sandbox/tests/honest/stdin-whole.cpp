// honest: ways to read a large standard input fast
// stdin: cin
// stdin: scanf
// stdin: mmap
// stdin: freopen
// stdin: devstdin
// stdin: read
// stdin-numbers: 200000
// stdout: 19999900000
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
static long sum_of(const char *at, const char *end) {
    long sum = 0, number = 0;
    for (; at < end; at++)
        if (*at >= '0' && *at <= '9') number = number * 10 + *at - '0';
        else { sum += number; number = 0; }
    return sum + number;
}
int main() {
    std::string way;
    for (char c; read(0, &c, 1) == 1 && c != '\n';) way += c;
    long sum = 0, number;
    static char buffer[4 << 20];
    if (way == "cin") {
        std::ios::sync_with_stdio(false);
        while (std::cin >> number) sum += number;
    } else if (way == "scanf") {
        while (scanf("%ld", &number) == 1) sum += number;
    } else if (way == "mmap") {
        struct stat about;
        fstat(0, &about);
        auto *text = (const char *)mmap(nullptr, about.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, 0, 0);
        if (text == MAP_FAILED) return 2;
        madvise((void *)text, about.st_size, MADV_SEQUENTIAL);
        sum = sum_of(text, text + about.st_size);
    } else if (way == "freopen") {
        if (!freopen("/dev/stdin", "r", stdin)) return 2;
        while (getchar() != '\n') {}
        while (scanf("%ld", &number) == 1) sum += number;
    } else if (way == "devstdin") {
        std::ifstream in("/dev/stdin");
        std::getline(in, way);
        while (in >> number) sum += number;
    } else {
        ssize_t size, all = 0;
        while ((size = read(0, buffer + all, sizeof buffer - all)) > 0) all += size;
        sum = sum_of(buffer, buffer + all);
    }
    std::cout << sum << '\n';
}
