// The native part of the forkable Node: forks, and mends in the child what a fork breaks. Only
// zygote.js uses it; README.md says how it all fits together.

#include "quiet.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// Whatever waits for it need not wait longer.
const unsigned SECONDS_TO_BE_READY = 30;

/// What this process was started with, less what is for the zygote alone.
std::string programs_environment;
const char* const OURS[] = {"LETSCODE_LAUNCHER", "LETSCODE_LAUNCHER_FILTER", "NODE_OPTIONS"};

/// Whether programs give up what only a launcher may do.
bool filtered;

bool is_ours(const char* variable) {
  for (const char* name : OURS) if (!strncmp(variable, name, strlen(name)) && variable[strlen(name)] == '=') return true;
  return false;
}

napi_value text_of(const char* text, size_t bytes) {
  napi_value value;
  return napi_create_string_utf8(found.env, text, bytes, &value) ? nullptr : value;
}

napi_value number_of(int number) {
  napi_value value;
  return napi_create_int32(found.env, number, &value) ? nullptr : value;
}

void append(napi_value array, napi_value element) {
  uint32_t length = 0;
  napi_get_array_length(found.env, array, &length);
  napi_set_element(found.env, array, length, element);
}

// ---- the child ------------------------------------------------------------------------------------------

[[noreturn]] void leave(int code) { _exit(code & 0xff); }

/// What can be mended before anything is known of the program.
void mend() {
  in_child = true;
  if (uv_loop_fork(found.loop)) leave(250);
  // The pool's descriptors are gone; a program's first file has the number that it always has.
  int fd;
  do fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && fd < found.first_free);
  if (fd >= 0) close(fd);
  int64_t seed;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) leave(251);
  seed_chance(chance_of(found.isolate), seed);
  // From the process' memory as well, which /proc/self/environ shows.
  char** kept = environ;
  for (char** variable = environ; *variable; variable++) {
    if (is_ours(*variable)) memset(*variable, 0, strlen(*variable));
    else *kept++ = *variable;
  }
  *kept = nullptr;
  // Nothing of Node's own ending works in a process without the pool's threads, and it takes long.
  napi_add_env_cleanup_hook(found.env, [](void*) { leave(found.exit[2] ? found.exit[1] : 0); }, nullptr);
  std::function<void(void*, int)> handler = [](void*, int code) { leave(code); };
  on_process_exit(found.environment, &handler);
}

/// As if Node had started just now: a start takes as long as ours took to come to zygote.js.
void start_clocks() {
  uv_update_time(found.loop);
  uint64_t now = uv_hrtime(), start = now - found.start_up, late = start - performance_start;
  timespec date;
  clock_gettime(CLOCK_REALTIME, &date);
  double start_date = date.tv_sec * 1e6 + date.tv_nsec / 1e3 - found.start_up / 1e3;
  node_start += late;
  performance_start = *found.origin = start;
  performance_start_date = *found.origin_date = found.milestones[0] = start_date;
  for (int i = 1; i < 8; i++) if (found.milestones[i] >= 0) found.milestones[i] += late;
}

/// After this there is no other descriptor of the zygote's than libuv's.
void take_streams(const int* streams) {
  for (int i = 0; i < 3; i++) if (dup2(streams[i], i) != i) leave(252);
  close_range(found.first_free, ~0U, 0);
}

/// Takes from the program what the zygote's filter allows to a launcher alone, for it inherits that
/// filter: making processes ends it, and the rest is refused as it is to every program. Some
/// twenty microseconds.
bool give_up_launching() {
  const auto load = [](uint32_t at) { return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, at}; };
  const auto answer = [](uint32_t what) { return sock_filter{BPF_RET | BPF_K, 0, 0, what}; };
  const auto jump_if = [](uint32_t value, uint8_t by) { return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, by, 0, value}; };
  sock_filter filter[] = {
    load(offsetof(seccomp_data, nr)),
    jump_if(SYS_clone, 5),
    jump_if(SYS_seccomp, 7),
    jump_if(SYS_setsid, 7),
    jump_if(SYS_setresuid, 6),
    jump_if(SYS_prctl, 5),
    answer(SECCOMP_RET_ALLOW),
    load(offsetof(seccomp_data, args)),
    {BPF_JMP | BPF_JSET | BPF_K, 0, 1, CLONE_THREAD},
    answer(SECCOMP_RET_ALLOW),
    answer(SECCOMP_RET_KILL_PROCESS),
    answer(SECCOMP_RET_ERRNO | EPERM),
  };
  sock_fprog program = {sizeof filter / sizeof *filter, filter};
  return !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

/// Whether the spare still waits; in memory that it shares with the zygote and gives up in time.
enum Seat : int { WAITS, RUNS, REFUSES };
volatile Seat* seat;

struct Order { uint32_t argc, envc, limits, uid; };
struct Limit { uint32_t resource, zero; uint64_t value; };
char order_bytes[128 * 1024 + 1];

/// Takes the next string of the order.
char* next_string(char** at, char* end) {
  char* text = *at;
  char* nul = text < end ? (char*)memchr(text, 0, end - text) : nullptr;
  if (nul) *at = nul + 1;
  return nul ? text : nullptr;
}

/// Waits for the order and becomes the process that it asks for. Answers what is wrong with it, or
/// null, with the arguments after the script in `arguments`.
const char* become(int socket, const char* script, napi_value* arguments) {
  iovec bytes = {order_bytes, sizeof order_bytes - 1};
  alignas(cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
  msghdr message = {};
  message.msg_iov = &bytes, message.msg_iovlen = 1;
  message.msg_control = control, message.msg_controllen = sizeof control;
  ssize_t length;
  do length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length <= 0) leave(0);
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !rights || rights->cmsg_len != CMSG_LEN(3 * sizeof(int)))
    return "not an order with three descriptors";
  int streams[3];
  memcpy(streams, CMSG_DATA(rights), sizeof streams);

  char *at = order_bytes, *end = order_bytes + length;
  Order order;
  if ((size_t)length < sizeof order) return "an order that is too short";
  memcpy(&order, at, sizeof order);
  at += sizeof order;
  const char* limits = at;
  if (order.limits > 16 || (size_t)(end - at) < order.limits * sizeof(Limit)) return "too few limits";
  at += order.limits * sizeof(Limit);
  if (!next_string(&at, end)) return "no program";
  napi_create_array(found.env, arguments);
  for (uint32_t i = 0; i < order.argc; i++) {
    const char* argument = next_string(&at, end);
    if (!argument) return "too few arguments";
    const char* fixed = i == 0 ? program_invocation_name : script;
    if (i < 2 && strcmp(argument, fixed)) return "another name or script than it was started with";
    if (i >= 2) append(*arguments, text_of(argument, SIZE_MAX));
  }
  if (order.argc < 2) return "no script";
  // Much of Node looks at the environment once, and early.
  if (programs_environment.compare(0, std::string::npos, at, end - at)) return "another environment than the one it was started with";

  setsid();
  umask(022);
  for (uint32_t i = 0; i < order.limits; i++) {
    Limit limit;
    memcpy(&limit, limits + i * sizeof limit, sizeof limit);
    rlimit both = {limit.value, limit.value};
    if (setrlimit((__rlimit_resource_t)limit.resource, &both)) return "a limit that can't be set";
  }
  if (order.uid != UINT32_MAX) {
    // The call itself: libc's function would look for other threads to tell.
    if (syscall(SYS_setresuid, order.uid, order.uid, order.uid)) return "a user that it can't become";
    if (prctl(PR_SET_DUMPABLE, 1)) return "can't be dumpable";
  }
  if (filtered && !give_up_launching()) return "a filter that can't be had";
  take_streams(streams);
  start_clocks();
  return nullptr;
}

// ---- the zygote -----------------------------------------------------------------------------------------

[[noreturn]] void give_up(int socket, const std::string& why) {
  std::string message = "F" + why;
  if (write(socket, message.data(), message.size()) < 0) {}
  _exit(1);
}

void tell_end(int socket, int status, const rusage& usage) {
  char message[13] = {'E'};
  uint64_t kib = usage.ru_maxrss;
  memcpy(message + 1, &status, 4);
  memcpy(message + 5, &kib, 8);
  if (write(socket, message, sizeof message) != sizeof message) _exit(0);
}

/// Forks one spare after the other, and returns in a child that has become the program.
napi_value serve(int socket, const char* script) {
  seat = (Seat*)mmap(nullptr, sizeof(Seat), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (seat == MAP_FAILED) give_up(socket, "no memory to share with spares");
  Memory memory;
  if (!give_all_memory_to_children(&memory)) give_up(socket, "memory that can't be given to spares");
  alarm(0);
  if (write(socket, "R", 1) != 1) _exit(0);
  for (;;) {
    *seat = WAITS;
    pid_t spare = fork();  // libc's, which runs libuv's own provisions for a fork
    if (spare < 0) give_up(socket, std::string("fork: ") + strerror(errno));
    if (spare == 0) break;
    int status;
    rusage usage;
    while (wait4(spare, &status, 0, &usage) < 0) if (errno != EINTR) _exit(1);
    if (*seat == RUNS) tell_end(socket, status, usage);
    if (*seat != WAITS) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) _exit(0);  // the socket was closed
    give_up(socket, "a spare ended with wait status " + std::to_string(status));
  }
  mend();
  napi_value arguments;
  // Above what programs see, so that taking the streams closes it.
  socket = fcntl(socket, F_DUPFD_CLOEXEC, found.first_free);
  const char* fault = become(socket, script, &arguments);
  if (fault) {
    *seat = REFUSES;
    give_up(socket, fault);
  }
  *seat = RUNS;
  munmap((void*)seat, sizeof(Seat));
  return arguments;
}

/// Forks a child of no consequence with `input` on its standard input, and returns twice: with null
/// in the child, with [wait status, all that it printed] in the zygote.
napi_value attempt(const char* input) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) _exit(1);
  if (write(in[1], input, strlen(input)) < 0) _exit(1);
  close(in[1]);
  Memory memory;
  pid_t child = give_all_memory_to_children(&memory) ? fork() : -1;
  if (child < 0) _exit(1);
  if (child == 0) {
    mend();
    const int streams[] = {in[0], out[1], out[1]};
    take_streams(streams);
    start_clocks();
    return nullptr;
  }
  close(in[0]);
  close(out[1]);
  std::string text;
  char piece[4096];
  pollfd ready = {out[0], POLLIN, 0};
  ssize_t bytes = 0;
  bool in_time;
  while ((in_time = poll(&ready, 1, SECONDS_TO_BE_READY * 1000 / 2) == 1) && (bytes = read(out[0], piece, sizeof piece)) > 0)
    text.append(piece, bytes);
  if (!in_time) {
    kill(child, SIGKILL);
    text += " and took too long";
  }
  close(out[0]);
  int status = 0;
  waitpid(child, &status, 0);
  napi_value pair;
  napi_create_array(found.env, &pair);
  append(pair, number_of(status));
  append(pair, text_of(text.data(), text.size()));
  return pair;
}

// ---- what zygote.js calls ---------------------------------------------------------------------------------

/// Reads a number and a text, as far as they are given.
void arguments_of(napi_callback_info info, int32_t* number, char* text, size_t room) {
  size_t count = 2;
  napi_value values[2] = {};
  napi_get_cb_info(found.env, info, &count, values, nullptr, nullptr);
  if (count > 0) napi_get_value_int32(found.env, values[0], number);
  if (count > 1) napi_get_value_string_utf8(found.env, values[1], text, room, nullptr);
}

napi_value js_settle(napi_env, napi_callback_info info) {
  int32_t code = 0;
  arguments_of(info, &code, nullptr, 0);
  const char* fault = settle(code);
  return fault ? text_of(fault, SIZE_MAX) : nullptr;
}

napi_value js_serve(napi_env, napi_callback_info info) {
  int32_t socket = -1;
  static char script[PATH_MAX];
  arguments_of(info, &socket, script, sizeof script);
  return serve(socket, script);
}

napi_value js_attempt(napi_env, napi_callback_info info) {
  int32_t unused;
  char input[1024] = "";
  arguments_of(info, &unused, input, sizeof input);
  return attempt(input);
}

/// One turn of the event loop, inside of the script that calls it.
napi_value js_turn(napi_env, napi_callback_info) {
  uv_run(found.loop, 2);  // UV_RUN_NOWAIT
  return nullptr;
}

napi_value js_pipe(napi_env, napi_callback_info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return nullptr;
  napi_value pair;
  napi_create_array(found.env, &pair);
  for (int end : ends) append(pair, number_of(end));
  return pair;
}

napi_value js_pid(napi_env, napi_callback_info) { return number_of(getpid()); }
}  // namespace

extern "C" napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  found.env = env;
  napi_get_uv_event_loop(env, &found.loop);
  if ((void*)&performance_start) found.start_up = uv_hrtime() - performance_start;
  found.first_free = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(found.first_free);
  for (char** variable = environ; *variable; variable++)
    if (!is_ours(*variable)) programs_environment.append(*variable, strlen(*variable) + 1);
  filtered = getenv("LETSCODE_LAUNCHER_FILTER");
  alarm(SECONDS_TO_BE_READY);
  const struct { const char* name; napi_callback function; } functions[] = {
    {"settle", js_settle}, {"serve", js_serve}, {"attempt", js_attempt}, {"turn", js_turn}, {"pipe", js_pipe}, {"pid", js_pid},
  };
  for (const auto& each : functions) {
    napi_value function;
    napi_create_function(env, each.name, SIZE_MAX, each.function, nullptr, &function);
    napi_set_named_property(env, exports, each.name, function);
  }
  return exports;
}
