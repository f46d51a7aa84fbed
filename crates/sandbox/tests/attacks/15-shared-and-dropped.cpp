// attack: memory that is in nobody's resident set: shared pages that are touched and dropped again
// expect: memory_exceeded | syscall_denied | exited
// stopped-by: cgroups, seccomp
// exit: 0
// stdin: anonymous
// stdin: zero
// stdin: memfd
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
int main() {
    std::string how;
    std::cin >> how;
    const size_t chunk = 16 << 20;
    for (int i = 0; i < 64; i++) {
        int fd = -1, flags = MAP_SHARED;
        if (how == "anonymous")
            flags |= MAP_ANONYMOUS;
        else if (how == "zero")
            fd = open("/dev/zero", O_RDWR);
        else if ((fd = syscall(SYS_memfd_create, "x", 0)) >= 0 && ftruncate(fd, chunk))
            return 0;
        void *memory = mmap(0, chunk, PROT_READ | PROT_WRITE, flags, fd, 0);
        if (memory == MAP_FAILED)
            return 0;
        memset(memory, 1, chunk);
        madvise(memory, chunk, MADV_DONTNEED);
        close(fd);
    }
    puts("GOT THROUGH");
}
