// The native part of the forkable Node: forks, and mends in the child what a fork breaks. Only
// zygote.js uses it; README.md says how it all fits together.

#include "../launcher.h"
#include "descriptors.h"
#include "quiet.h"

#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/random.h>

namespace {

/// Whatever waits for it need not wait longer.
const unsigned SECONDS_TO_BE_READY = 30;

launcher from_supervisor;

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
  if (!renew_descriptors()) leave(249);
  if (uv_loop_fork(found.loop)) leave(250);
  // The pool's descriptors are gone; a program's first file has the number that it always has.
  int fd;
  do fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && fd < found.first_free);
  if (fd >= 0) close(fd);
  int64_t seed;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) leave(251);
  seed_chance(chance_of(found.isolate), seed);
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

/// Whether these begin with our own arguments: Node has looked at those already.
bool are_ours(char** argv) {
  int own = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  char text[PATH_MAX + 256];
  ssize_t length = read(own, text, sizeof text);
  close(own);
  for (ssize_t at = 0; at < length; at += strlen(text + at) + 1)
    if (!*argv || strcmp(*argv++, text + at)) return false;
  return length > 0 && length < (ssize_t)sizeof text;
}

/// Much of Node looks at the environment once, and early.
bool is_our_environment(char** env) {
  char** own = environ;
  while (*own && *env && !strcmp(*own, *env)) own++, env++;
  return !*own && !*env;
}

/// Waits for the order and becomes the process that it asks for. What is wrong with it, or null.
const char* become(launcher_order* order) {
  const char* fault = launcher_give_up_rights(&from_supervisor);
  if (!fault) fault = launcher_await_order(&from_supervisor, order);
  if (fault) return fault;
  if (!are_ours(order->argv)) return "another name or script than it was started with";
  if (!is_our_environment(order->env)) return "another environment than the one it was started with";
  fault = launcher_follow(&from_supervisor, order, found.first_free);
  if (!fault) start_clocks();
  return fault;
}

// ---- the zygote -----------------------------------------------------------------------------------------

/// Forks one spare after the other, and returns in one that has become the program, with the arguments
/// that Node does not know of.
napi_value serve() {
  Memory memory;
  if (!give_all_memory_to_children(&memory)) launcher_give_up(&from_supervisor, "memory that can't be given to spares");
  alarm(0);
  for (;;) {
    pid_t spare = fork();  // libc's, which runs libuv's own provisions for a fork
    if (spare == 0) break;
    if (spare < 0) launcher_give_up(&from_supervisor, strerror(errno));
    launcher_await_end(&from_supervisor, spare);
  }
  mend();
  launcher_order order;
  const char* fault = become(&order);
  if (fault) launcher_give_up(&from_supervisor, fault);
  napi_value arguments;
  napi_create_array(found.env, &arguments);
  for (uint32_t i = 2; i < order.argc; i++) append(arguments, text_of(order.argv[i], SIZE_MAX));
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
    for (int i = 0; i < 3; i++) if (dup2(streams[i], i) != i) leave(252);
    close_range(found.first_free, ~0U, 0);
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
  note_descriptors(found.first_free);
  return fault ? text_of(fault, SIZE_MAX) : nullptr;
}

napi_value js_open(napi_env, napi_callback_info) {
  const char* fault = launcher_open(&from_supervisor);
  if (!fault && from_supervisor.socket < found.first_free) fault = "a socket where a program's files would be";
  launcher_forget(LAUNCHER_VARIABLE);
  launcher_forget("NODE_OPTIONS");
  return fault ? text_of(fault, SIZE_MAX) : nullptr;
}

napi_value js_serve(napi_env, napi_callback_info) { return serve(); }

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
  alarm(SECONDS_TO_BE_READY);
  const struct { const char* name; napi_callback function; } functions[] = {
    {"open", js_open}, {"settle", js_settle}, {"serve", js_serve}, {"attempt", js_attempt},
    {"turn", js_turn}, {"pipe", js_pipe}, {"pid", js_pid},
  };
  for (const auto& each : functions) {
    napi_value function;
    napi_create_function(env, each.name, SIZE_MAX, each.function, nullptr, &function);
    napi_set_named_property(env, exports, each.name, function);
  }
  return exports;
}
