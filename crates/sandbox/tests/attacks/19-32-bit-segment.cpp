// attack: jumps into a 32-bit code segment and calls from there
// expect: syscall_denied | signaled
// stopped-by: seccomp
#include <cstring>
#include <sys/mman.h>
int main() {
    auto *code = (unsigned char *)mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    // mov eax, 20 (getpid); int 0x80; mov eax, 1; mov ebx, 0; int 0x80
    unsigned char bytes[] = {0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xb8, 1, 0, 0, 0, 0xbb, 0, 0, 0, 0, 0xcd, 0x80};
    memcpy(code, bytes, sizeof bytes);
    if (mprotect(code, 4096, PROT_READ | PROT_EXEC)) return 2;
    asm volatile("pushq $0x23\n pushq $0x10000000\n lretq" ::: "memory");
}
