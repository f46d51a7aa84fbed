#include "descriptors.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

namespace {

struct SharedDescriptor {
  int fd;
  int flags;
  std::string kind;  // such as pipe:[1234], the same for both of its ends
};
std::vector<SharedDescriptor> recorded;

std::string kind_of(int fd) {
  char path[32], kind[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(path, kind, sizeof kind);
  return length > 0 ? std::string(kind, length) : std::string();
}

bool is_pipe(const std::string& kind) { return !kind.compare(0, 5, "pipe:"); }

/// Moves `fresh` to the number `fd`.
bool replace(int fresh, int fd) {
  bool is_replaced = fresh >= 0 && dup3(fresh, fd, O_CLOEXEC) == fd;
  if (fresh >= 0) close(fresh);
  return is_replaced;
}

/// Replaces both ends of a pipe at once.
bool renew_pipe(const SharedDescriptor& end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | (end.flags & O_NONBLOCK))) return false;
  bool all = true;
  for (const SharedDescriptor& shared : recorded) {
    if (shared.kind != end.kind) continue;
    int fresh = dup(ends[(shared.flags & O_ACCMODE) == O_WRONLY]);
    all &= replace(fresh, shared.fd);
  }
  close(ends[0]);
  close(ends[1]);
  return all;
}

bool renew(const SharedDescriptor& shared) {
  if (kind_of(shared.fd) != shared.kind) return true;  // libuv's fork handler has replaced it
  if (is_pipe(shared.kind)) return renew_pipe(shared);
  if (shared.kind == "anon_inode:[eventfd]") return replace(eventfd(0, EFD_CLOEXEC | (shared.flags & O_NONBLOCK)), shared.fd);
  if (shared.kind == "anon_inode:[eventpoll]") return replace(epoll_create1(EPOLL_CLOEXEC), shared.fd);
  return true;
}

}  // namespace

void record_descriptors(int end) {
  recorded.clear();
  for (int fd = 3; fd < end; fd++) {
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0) recorded.push_back({fd, flags, kind_of(fd)});
  }
}

bool renew_descriptors() {
  bool all = true;
  for (const SharedDescriptor& shared : recorded) all &= renew(shared);
  return all;
}
