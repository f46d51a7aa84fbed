// The launcher's part of every zygote, whatever its interpreter: dropping rights, receiving exec requests,
// reporting how programs ended. The messages are specified in crates/sandbox/src/jail/exec_request.rs and
// crates/sandbox/src/jail/launcher_message.rs.
//
// A zygote is started with `LETSCODE_LAUNCHER=socket:filter:user:channel` in its environment: the descriptor
// of the socket to its supervisor, that of a file with the seccomp filter for all programs, the user that a
// program becomes, and the number of a descriptor under which the filter lets a spare send the supervisor the
// listener for denied calls. Each of the last three may be `-` for none. Programs start in the zygote's
// working folder.
//
// A *spare* is a forked process that has dropped its rights and waits for a request to become the program.
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
  struct sock_fprog filter;  // of length 0 if there is none
  int channel;  // -1 if there is none
  int liveness_pipe[2];  // its write end is held only by the zygote, once it is closed in a spare
  char folder[PATH_MAX];
};

/// A decoded exec request; it points into the datagram.
struct exec_request {
  uint32_t argc;
  char **argv;   // ended by a null pointer
  char **env;    // the same
  int streams[3];
  uint32_t limits;
  const unsigned char *limit;
};

extern char **environ;

/// Removes a variable from the environment, and from the memory that /proc/self/environ shows.
static inline void launcher_remove_variable(const char *name) {
  size_t length = strlen(name);
  char **next = environ;
  for (char **at = environ; *at; at++) {
    if (!strncmp(*at, name, length) && (*at)[length] == '=') memset(*at, 0, strlen(*at));
    else *next++ = *at;
  }
  *next = NULL;
}

/// Moves a descriptor to a high number, so that an interpreter's own have the same numbers as after a cold
/// start.
static inline int launcher_move_up(int fd) {
  int away = fcntl(fd, F_DUPFD_CLOEXEC, 100);
  close(fd);
  return away;
}

/// Reads the zygote's settings from the environment. Returns an error, or null.
static inline const char *launcher_open(struct launcher *launcher) {
  memset(launcher, 0, sizeof *launcher);
  const char *text = getenv(LAUNCHER_VARIABLE);
  char filter[16], user[16], channel[16];
  if (!text || sscanf(text, "%d:%15[^:]:%15[^:]:%15s", &launcher->socket, filter, user, channel) != 4)
    return "no " LAUNCHER_VARIABLE "=socket:filter:user:channel";
  if (pipe2(launcher->liveness_pipe, O_CLOEXEC)) return "no pipe";
  for (int end = 0; end < 2; end++) launcher->liveness_pipe[end] = launcher_move_up(launcher->liveness_pipe[end]);
  if (!getcwd(launcher->folder, sizeof launcher->folder)) return "no folder";
  launcher->changes_user = strcmp(user, "-") != 0;
  launcher->user = (uint32_t)strtoul(user, NULL, 10);
  launcher->channel = strcmp(channel, "-") ? atoi(channel) : -1;
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

/// Sends an error to the supervisor, and exits.
__attribute__((noreturn)) static inline void launcher_fail(const struct launcher *launcher, const char *why) {
  char message[1024];
  int length = snprintf(message, sizeof message, "F%s", why);
  if (length > (int)sizeof message - 1) length = sizeof message - 1;
  if (length > 0 && write(launcher->socket, message, length) < 0) {}
  _exit(1);
}

/// Waits until a spare, which may have become a program by then, has ended, and reports it.
static inline void launcher_report_exit(const struct launcher *launcher, pid_t spare) {
  int status;
  struct rusage usage, all;
  uint64_t peak = 0;
  for (;;) {
    pid_t ended = wait4(-1, &status, 0, &usage);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) launcher_fail(launcher, "a spare that is not a child");
    if ((uint64_t)usage.ru_maxrss > peak) peak = usage.ru_maxrss;
    if (ended == spare) break;
  }
  int other_status, reaped;
  while ((reaped = waitpid(-1, &other_status, WNOHANG)) > 0) {}
  getrusage(RUSAGE_CHILDREN, &all);
  uint64_t micros = (uint64_t)(all.ru_utime.tv_sec + all.ru_stime.tv_sec) * 1000000 + all.ru_utime.tv_usec + all.ru_stime.tv_usec;
  unsigned char message[1 + 4 + 8 + 8 + 1] = {'E'};
  memcpy(message + 1, &status, 4);
  memcpy(message + 5, &peak, 8);
  memcpy(message + 13, &micros, 8);
  message[21] = reaped < 0;  // ECHILD: no process is left
  if (write(launcher->socket, message, sizeof message) != sizeof message) _exit(0);
  // Orphans are killed with the cell; start nothing more beside them.
  while (reaped == 0) {
    usleep(100000);
    while ((reaped = waitpid(-1, &other_status, WNOHANG)) > 0) {}
  }
}

/// In a spare: installs the filter, and reports that it is ready with the listener for denied calls. As
/// `install_notifying` in crates/sandbox/src/jail/listener.rs: no program may have the listener.
static inline const char *launcher_install_notifying(const struct launcher *launcher) {
  if (dup3(launcher->socket, launcher->channel, O_CLOEXEC) < 0) return "no channel for its listener";
  int flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_NEW_LISTENER;
  int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &launcher->filter);
  if (listener < 0) return "a filter that can't be installed";
  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
  memset(&control, 0, sizeof control);
  control.header.cmsg_len = CMSG_LEN(sizeof(int));
  control.header.cmsg_level = SOL_SOCKET, control.header.cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
  char ready = 'R';
  struct iovec from = {&ready, 1};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &from, message.msg_iovlen = 1;
  message.msg_control = &control, message.msg_controllen = sizeof control;
  ssize_t sent = sendmsg(launcher->channel, &message, MSG_NOSIGNAL);
  close(listener);
  close(launcher->channel);
  return sent == 1 ? NULL : "nobody to be ready for";
}

/// In a spare: drops for good what only a launcher may do, and reports that it is ready. Returns an error,
/// or null. Makes the system calls directly: libc's functions would apply them to other threads too.
static inline const char *launcher_drop_rights(const struct launcher *launcher) {
  setsid();
  umask(022);
  if (launcher->changes_user) {
    if (syscall(SYS_setresuid, launcher->user, launcher->user, launcher->user)) return "a user that it can't become";
    struct __user_cap_header_struct version = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &version, none)) return "capabilities that it can't lose";
    // The change of user cleared it; the memory is the program's own from here on.
    if (prctl(PR_SET_DUMPABLE, 1)) return "can't be dumpable";
  }
  // From now on only the zygote has it open, see `launcher_receive_request`.
  close(launcher->liveness_pipe[1]);
  if (launcher->channel >= 0) return launcher_install_notifying(launcher);
  if (launcher->filter.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &launcher->filter))
    return "a filter that can't be installed";
  return write(launcher->socket, "R", 1) == 1 ? NULL : "nobody to be ready for";
}

static inline uint32_t launcher_number(const unsigned char *at) {
  uint32_t number;
  memcpy(&number, at, sizeof number);
  return number;
}

/// In a spare that is ready: waits for a request, up to a timeout in milliseconds (-1: for ever). Returns
/// true if there is one.
static inline int launcher_await_request(const struct launcher *launcher, int milliseconds) {
  // A spare ends with its zygote, which would report its exit. A parent-death signal does not work: the
  // parent may not send it to another user.
  struct pollfd either[2] = {{launcher->socket, POLLIN, 0}, {launcher->liveness_pipe[0], POLLIN, 0}};
  int ready;
  while ((ready = poll(either, 2, milliseconds)) < 0 && errno == EINTR) {}
  if (either[1].revents) _exit(0);
  return ready > 0;
}

/// In a spare: receives its request. Returns an error, or null.
static inline const char *launcher_receive_request(const struct launcher *launcher, struct exec_request *request) {
  enum { MOST = 128 * 1024 };
  unsigned char *bytes = (unsigned char *)malloc(MOST);
  union { struct cmsghdr header; char room[CMSG_SPACE(4 * sizeof(int))]; } control;
  struct iovec into = {bytes, MOST};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &into, message.msg_iovlen = 1;
  message.msg_control = &control, message.msg_controllen = sizeof control;
  ssize_t length;
  launcher_await_request(launcher, -1);
  do length = recvmsg(launcher->socket, &message, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length <= 0) _exit(0);
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !rights || rights->cmsg_len != CMSG_LEN(3 * sizeof(int)))
    return "not a request with three descriptors";
  memcpy(request->streams, CMSG_DATA(rights), sizeof request->streams);

  if (length < 12) return "a request that is too short";
  request->argc = launcher_number(bytes);
  uint32_t envc = launcher_number(bytes + 4);
  request->limits = launcher_number(bytes + 8);
  request->limit = bytes + 12;
  if (request->limits > 32 || request->argc > MOST || envc > MOST) return "too many of something";
  char *at = (char *)bytes + 12 + request->limits * 16, *end = (char *)bytes + length;
  char **strings = (char **)malloc((request->argc + envc + 2) * sizeof *strings);
  if (at >= end || end[-1] || !strings) return "too few limits";
  at += strlen(at) + 1;  // the program's path: it is this interpreter
  request->argv = strings;
  request->env = strings + request->argc + 1;
  for (uint32_t i = 0; i < request->argc + envc; i++) {
    if (at >= end) return "too few strings";
    strings[i < request->argc ? i : i + 1] = at;
    at += strlen(at) + 1;
  }
  request->argv[request->argc] = request->env[envc] = NULL;
  return at == end ? NULL : "too many strings";
}

/// Sets the stack size of new threads: libc took it from the stack limit when the interpreter started.
static inline void launcher_set_thread_stack(uint64_t bytes) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes)) return;
  if (!pthread_attr_setstacksize(&attributes, bytes)) pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

/// As `set_rlimit` in crates/sandbox/src/sys.rs. Returns true on success.
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

/// In a spare: takes on streams, limits and folder of a request. Closes every other descriptor from
/// `first_free` on, which must include the socket. Returns an error, or null.
static inline const char *launcher_apply_request(const struct launcher *launcher, const struct exec_request *request, int first_free) {
  // By its path: it may have been replaced.
  if (chdir(launcher->folder)) return "no folder";
  for (int i = 0; i < 3; i++)
    if (dup2(request->streams[i], i) != i) return "a stream that can't be taken";
  for (uint32_t i = 0; i < request->limits; i++) {
    const unsigned char *limit = request->limit + i * 16;
    uint64_t value;
    memcpy(&value, limit + 8, sizeof value);
    int which = launcher_number(limit);
    if (which == RLIMIT_STACK) launcher_set_thread_stack(value);
    if (!launcher_set_limit((__typeof__(RLIMIT_CPU))which, (rlim_t)value)) return "a limit that can't be set";
  }
  syscall(SYS_close_range, first_free, ~0U, 0);
  return NULL;
}

#endif
