// attack: finds out what the host has, file by file, without reading any
// expect: exited
// stopped-by: filesystem
// exit: 0
#include <cstdio>
int main() {
#if __has_include("/etc/shadow") || __has_include("/root/.bashrc") || __has_include("/root/.profile") || __has_include("/etc/hostname")
    puts("GOT THROUGH: the host's /etc or /root");
    return 1;
#elif __has_include("/home") || __has_include("/var/lib/dpkg/status")
    puts("GOT THROUGH: the host's files");
    return 1;
#elif __has_include("/proc/1/environ") || __has_include("/proc/version") || __has_include("/proc/cpuinfo") || __has_include("/sys/kernel/notes") || __has_include("/proc/kcore")
    puts("GOT THROUGH: the kernel's files");
    return 1;
#elif __has_include("/dev/mem") || __has_include("/dev/kmsg") || __has_include("/dev/tty") || __has_include("/dev/vda") || __has_include("/dev/sda") || __has_include("/dev/kvm")
    puts("GOT THROUGH: a device");
    return 1;
#endif
}
