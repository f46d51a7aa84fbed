// honest: three hundred megabytes in large and small pieces, grown, given back, aligned
// stdout: ok
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <map>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <vector>
int main() {
    std::vector<int> large(50 << 20, 1);
    large.resize(60 << 20);
    { auto gone = std::move(large); }
    std::map<int, std::string> small;
    for (int i = 0; i < 200000; i++) small[i] = std::string(40, 'x');
    small.clear();
    malloc_trim(0);
    void *piece = malloc(100 << 20);
    piece = realloc(piece, 200 << 20);
    memset(piece, 1, 200 << 20);
    free(piece);
    void *aligned = aligned_alloc(4096, 1 << 20);
    auto *own = (char *)mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    madvise(own, 1 << 20, MADV_HUGEPAGE);
    own[5] = 1;
    mprotect(own, 4096, PROT_READ);
    munmap(own, 1 << 20);
    free(aligned);
    puts("ok");
}
