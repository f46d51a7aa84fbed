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

struct Noted {
  int fd;
  int flags;
  std::string what;  // such as pipe:[1234], the same for both of its ends
};
std::vector<Noted> noted;

std::string what_is(int fd) {
  char path[32], what[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(path, what, sizeof what);
  return length > 0 ? std::string(what, length) : std::string();
}

bool is_pipe(const std::string& what) { return !what.compare(0, 5, "pipe:"); }

bool put(int fresh, int fd) {
  bool is_there = fresh >= 0 && dup3(fresh, fd, O_CLOEXEC) == fd;
  if (fresh >= 0) close(fresh);
  return is_there;
}

/// Both ends at once.
bool renew_pipe(const Noted& reader) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | (reader.flags & O_NONBLOCK))) return false;
  bool all = true;
  for (const Noted& one : noted) {
    if (one.what != reader.what) continue;
    int fresh = dup(ends[(one.flags & O_ACCMODE) == O_WRONLY]);
    all &= put(fresh, one.fd);
  }
  close(ends[0]);
  close(ends[1]);
  return all;
}

bool renew(const Noted& one) {
  if (what_is(one.fd) != one.what) return true;  // libuv's own provisions for a fork have been there
  if (is_pipe(one.what)) return renew_pipe(one);
  if (one.what == "anon_inode:[eventfd]") return put(eventfd(0, EFD_CLOEXEC | (one.flags & O_NONBLOCK)), one.fd);
  if (one.what == "anon_inode:[eventpoll]") return put(epoll_create1(EPOLL_CLOEXEC), one.fd);
  return true;
}

}  // namespace

void note_descriptors(int end) {
  noted.clear();
  for (int fd = 3; fd < end; fd++) {
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0) noted.push_back({fd, flags, what_is(fd)});
  }
}

bool renew_descriptors() {
  bool all = true;
  for (const Noted& one : noted) all &= renew(one);
  return all;
}
