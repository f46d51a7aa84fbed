// What every zygote does in the same way, whatever its interpreter: giving up rights, taking an order,
// telling how a program ended. crates/sandbox/src/jail/exec_request.rs says what the messages look like.
//
// A zygote is started with `LETSCODE_LAUNCHER=socket:filter:user` in its environment: the descriptor of
// the socket to its supervisor, that of a file with the seccomp filter which every program gets, and the
// user that a program becomes. Either of the last two may be `-`: there is none. Programs start in the
// folder that it was started in.
//
// Plain C that is C++ as well.
#ifndef LETSCODE_LAUNCHER_H
#define LETSCODE_LAUNCHER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAUNCHER_VARIABLE "LETSCODE_LAUNCHER"

struct launcher {
  int socket;
  int changes_user;
  uint32_t user;
  struct sock_fprog filter;  // of length 0 where there is none
  int alive[2];  // a pipe: who holds its second end lives
  char folder[PATH_MAX];
};

/// An order, taken apart where it lies.
struct launcher_order {
  uint32_t argc;
  char **argv;   // ended by a null pointer
  char **env;    // the same
  int streams[3];
  uint32_t limits;
  const unsigned char *limit;
};

extern char **environ;

/// Takes a variable out of the environment, and out of the memory that /proc/self/environ shows.
static inline void launcher_forget(const char *name) {
  size_t length = strlen(name);
  char **kept = environ;
  for (char **at = environ; *at; at++) {
    if (!strncmp(*at, name, length) && (*at)[length] == '=') memset(*at, 0, strlen(*at));
    else *kept++ = *at;
  }
  *kept = NULL;
}

/// In nobody's way: an interpreter's own descriptors have the numbers that they always have.
static inline int launcher_put_away(int fd) {
  int away = fcntl(fd, F_DUPFD_CLOEXEC, 100);
  close(fd);
  return away;
}

/// Fills the zygote's part in. What is wrong, or null.
static inline const char *launcher_open(struct launcher *launcher) {
  memset(launcher, 0, sizeof *launcher);
  const char *text = getenv(LAUNCHER_VARIABLE);
  char filter[16], user[16];
  if (!text || sscanf(text, "%d:%15[^:]:%15s", &launcher->socket, filter, user) != 3)
    return "no " LAUNCHER_VARIABLE "=socket:filter:user";
  if (pipe2(launcher->alive, O_CLOEXEC)) return "no pipe";
  for (int end = 0; end < 2; end++) launcher->alive[end] = launcher_put_away(launcher->alive[end]);
  if (!getcwd(launcher->folder, sizeof launcher->folder)) return "no folder";
  launcher->changes_user = strcmp(user, "-") != 0;
  launcher->user = (uint32_t)strtoul(user, NULL, 10);
  if (!strcmp(filter, "-")) return NULL;
  int fd = atoi(filter);
  struct stat info;
  if (fstat(fd, &info) || info.st_size % sizeof(struct sock_filter) || info.st_size > 1 << 16)
    return "no filter";
  launcher->filter.filter = (struct sock_filter *)malloc(info.st_size);
  launcher->filter.len = info.st_size / sizeof(struct sock_filter);
  if (!launcher->filter.filter || pread(fd, launcher->filter.filter, info.st_size, 0) != info.st_size)
    return "a filter that can't be read";
  close(fd);
  return NULL;
}

/// Says that it can't go on, and ends.
__attribute__((noreturn)) static inline void launcher_give_up(const struct launcher *launcher, const char *why) {
  char said[1024];
  int length = snprintf(said, sizeof said, "F%s", why);
  if (length > (int)sizeof said - 1) length = sizeof said - 1;
  if (length > 0 && write(launcher->socket, said, length) < 0) {}
  _exit(1);
}

/// Waits until a spare, which may have become a program by then, has ended, and tells that.
static inline void launcher_await_end(const struct launcher *launcher, pid_t spare) {
  int status;
  struct rusage usage, all;
  uint64_t peak = 0;
  for (;;) {
    pid_t ended = wait4(-1, &status, 0, &usage);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) launcher_give_up(launcher, "a spare that is not a child");
    if ((uint64_t)usage.ru_maxrss > peak) peak = usage.ru_maxrss;
    if (ended == spare) break;
  }
  int end_of_another, alone;
  while ((alone = waitpid(-1, &end_of_another, WNOHANG)) > 0) {}
  getrusage(RUSAGE_CHILDREN, &all);
  uint64_t micros = (uint64_t)(all.ru_utime.tv_sec + all.ru_stime.tv_sec) * 1000000 + all.ru_utime.tv_usec + all.ru_stime.tv_usec;
  unsigned char said[1 + 4 + 8 + 8 + 1] = {'E'};
  memcpy(said + 1, &status, 4);
  memcpy(said + 5, &peak, 8);
  memcpy(said + 13, &micros, 8);
  said[21] = alone < 0;
  if (write(launcher->socket, said, sizeof said) != sizeof said) _exit(0);
  // What lives on is killed with the cell, and nothing more is to be started beside it.
  while (alone == 0) {
    usleep(100000);
    while ((alone = waitpid(-1, &end_of_another, WNOHANG)) > 0) {}
  }
}

/// In a spare: loses for good what only a launcher may do, and says that it is ready. What went wrong,
/// or null. The system calls themselves: libc's functions would look for other threads to tell.
static inline const char *launcher_give_up_rights(const struct launcher *launcher) {
  setsid();
  umask(022);
  if (launcher->changes_user) {
    if (syscall(SYS_setresuid, launcher->user, launcher->user, launcher->user)) return "a user that it can't become";
    struct __user_cap_header_struct version = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &version, none)) return "capabilities that it can't lose";
    // The change of user forbade it; the memory is the program's own from here on.
    if (prctl(PR_SET_DUMPABLE, 1)) return "can't be dumpable";
  }
  // Only the zygote has it open then, see `launcher_await_order`.
  close(launcher->alive[1]);
  if (launcher->filter.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &launcher->filter))
    return "a filter that can't be installed";
  return write(launcher->socket, "R", 1) == 1 ? NULL : "nobody to be ready for";
}

static inline uint32_t launcher_number(const unsigned char *at) {
  uint32_t number;
  memcpy(&number, at, sizeof number);
  return number;
}

/// In a spare that is ready: waits until there is an order, but not longer than so many milliseconds
/// (-1: for ever). Whether there is one.
static inline int launcher_is_ordered(const struct launcher *launcher, int milliseconds) {
  // Without its zygote nobody would tell how it ends. A signal at the death of a parent does not come: it
  // is one that this parent may not send to another user.
  struct pollfd either[2] = {{launcher->socket, POLLIN, 0}, {launcher->alive[0], POLLIN, 0}};
  int ready;
  while ((ready = poll(either, 2, milliseconds)) < 0 && errno == EINTR) {}
  if (either[1].revents) _exit(0);
  return ready > 0;
}

/// In a spare: waits for its order. What is wrong with it, or null.
static inline const char *launcher_await_order(const struct launcher *launcher, struct launcher_order *order) {
  enum { MOST = 128 * 1024 };
  unsigned char *bytes = (unsigned char *)malloc(MOST);
  union { struct cmsghdr header; char room[CMSG_SPACE(4 * sizeof(int))]; } control;
  struct iovec into = {bytes, MOST};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &into, message.msg_iovlen = 1;
  message.msg_control = &control, message.msg_controllen = sizeof control;
  ssize_t length;
  launcher_is_ordered(launcher, -1);
  do length = recvmsg(launcher->socket, &message, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length <= 0) _exit(0);
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !rights || rights->cmsg_len != CMSG_LEN(3 * sizeof(int)))
    return "not an order with three descriptors";
  memcpy(order->streams, CMSG_DATA(rights), sizeof order->streams);

  if (length < 12) return "an order that is too short";
  order->argc = launcher_number(bytes);
  uint32_t envc = launcher_number(bytes + 4);
  order->limits = launcher_number(bytes + 8);
  order->limit = bytes + 12;
  if (order->limits > 32 || order->argc > MOST || envc > MOST) return "too many of something";
  char *at = (char *)bytes + 12 + order->limits * 16, *end = (char *)bytes + length;
  char **strings = (char **)malloc((order->argc + envc + 2) * sizeof *strings);
  if (at >= end || end[-1] || !strings) return "too few limits";
  at += strlen(at) + 1;  // the program: it is us
  order->argv = strings;
  order->env = strings + order->argc + 1;
  for (uint32_t i = 0; i < order->argc + envc; i++) {
    if (at >= end) return "too few strings";
    strings[i < order->argc ? i : i + 1] = at;
    at += strlen(at) + 1;
  }
  order->argv[order->argc] = order->env[envc] = NULL;
  return at == end ? NULL : "too many strings";
}

/// libc gives threads stacks of the size that the main one could get when the interpreter started.
static inline void launcher_size_of_stacks(uint64_t bytes) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes)) return;
  if (!pthread_attr_setstacksize(&attributes, bytes)) pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

/// As `set_ceiling` in crates/sandbox/src/sys.rs. Whether it could.
static inline int launcher_set_limit(__typeof__(RLIMIT_CPU) which, rlim_t value) {
  struct rlimit both = {value, value};
  if (which != RLIMIT_STACK) {
    if (!setrlimit(which, &both)) return 1;
    if (errno != EPERM) return 0;
  }
  if (getrlimit(which, &both)) return 0;
  both.rlim_cur = value < both.rlim_max ? value : both.rlim_max;
  return !setrlimit(which, &both);
}

/// In a spare: takes streams, limits and folder. Closes every other descriptor from `first_free` on, the
/// socket too, which must be among them.
static inline const char *launcher_follow(const struct launcher *launcher, const struct launcher_order *order, int first_free) {
  // By its name: it may be another one than it was.
  if (chdir(launcher->folder)) return "no folder";
  for (int i = 0; i < 3; i++)
    if (dup2(order->streams[i], i) != i) return "a stream that can't be taken";
  for (uint32_t i = 0; i < order->limits; i++) {
    const unsigned char *limit = order->limit + i * 16;
    uint64_t value;
    memcpy(&value, limit + 8, sizeof value);
    int which = launcher_number(limit);
    if (which == RLIMIT_STACK) launcher_size_of_stacks(value);
    if (!launcher_set_limit((__typeof__(RLIMIT_CPU))which, (rlim_t)value)) return "a limit that can't be set";
  }
  syscall(SYS_close_range, first_free, ~0U, 0);
  return NULL;
}

#endif
