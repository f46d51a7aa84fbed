// attack: the sockets that libraries open by the way: named ones of the host, its routes, datagrams
// expect: exited
// stopped-by: seccomp, network
// exit: 0

// They are answered with an error, because getpwuid, getaddrinfo and such go on after it; every other
// socket ends the program (08-network.cpp).
#include <cstdio>
#include <initializer_list>
#include <sys/socket.h>
int main() {
    for (int more : {0, 02000000, 02004000}) {
        for (int family : {AF_UNIX, AF_NETLINK})
            for (int type : {1, 2, 3, 5})
                if (socket(family, type | more, 0) >= 0) { printf("GOT THROUGH: %d %d\n", family, type); return 1; }
        for (int family : {AF_INET, AF_INET6})
            for (int protocol : {0, 17, 1, 136})
                if (socket(family, SOCK_DGRAM | more, protocol) >= 0) { printf("GOT THROUGH: %d\n", family); return 1; }
    }
}
