// The native part of the forkable Node: forks, and repairs in the child what a fork breaks. Used only by
// zygote.js; README.md has the whole.

#include "../launcher.h"
#include "descriptors.h"
#include "quiet.h"

#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/random.h>
#include <sys/resource.h>

/// libc's: where the main thread's stack began.
extern "C" void* __libc_stack_end;

namespace {

/// A zygote that isn't ready by then ends itself. Its supervisor gives up before, and by a clock that
/// doesn't count the time in which the machine was busy with something else.
const unsigned READY_TIMEOUT_SECONDS = 600;

launcher from_supervisor;

napi_value text_of(const char* text, size_t bytes) {
  napi_value value;
  return napi_create_string_utf8(node.env, text, bytes, &value) ? nullptr : value;
}

napi_value number_of(int number) {
  napi_value value;
  return napi_create_int32(node.env, number, &value) ? nullptr : value;
}

void append(napi_value array, napi_value element) {
  uint32_t length = 0;
  napi_get_array_length(node.env, array, &length);
  napi_set_element(node.env, array, length, element);
}

// ---- the child ------------------------------------------------------------------------------------------

[[noreturn]] void leave(int code) { _exit(code & 0xff); }

/// Repairs all that does not depend on the program.
void repair_child() {
  in_child = true;
  if (!renew_descriptors()) leave(249);
  if (uv_loop_fork(node.loop)) leave(250);
  // Closes gaps of the pool's descriptors, so that a program's first file has its usual number.
  int fd;
  do fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && fd < node.first_free);
  if (fd >= 0) close(fd);
  int64_t seed;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) leave(251);
  seed_random_generator(random_generator_of(node.isolate), seed);
  // Node's own exit can't work in a process without the pool's threads, and takes long.
  napi_add_env_cleanup_hook(node.env, [](void*) { leave(node.exit[2] ? node.exit[1] : 0); }, nullptr);
  std::function<void(void*, int)> handler = [](void*, int code) { leave(code); };
  on_process_exit(node.environment, &handler);
}

/// Sets the clocks as if Node had started just now: its start took as long as the zygote's own.
void start_clocks() {
  uv_update_time(node.loop);
  uint64_t now = uv_hrtime(), start = now - node.start_up, late = start - performance_start;
  timespec date;
  clock_gettime(CLOCK_REALTIME, &date);
  double start_date = date.tv_sec * 1e6 + date.tv_nsec / 1e3 - node.start_up / 1e3;
  node_start += late;
  performance_start = *node.origin = start;
  performance_start_date = *node.origin_date = node.milestones[0] = start_date;
  for (int i = 1; i < 8; i++) if (node.milestones[i] >= 0) node.milestones[i] += late;
}

/// Lets JavaScript use the stack that the program was granted. A cold start has the option --stack-size
/// for that (`stack_kib` in crates/sandbox/src/jail/exec_request.rs); V8 heeds it only as it starts.
void use_granted_stack() {
  const rlim_t SMALLEST = 4 << 20, RESERVE = 2 << 20;
  rlimit granted;
  if (getrlimit(RLIMIT_STACK, &granted) || granted.rlim_cur < SMALLEST) return;
  set_stack_limit(node.isolate, (uintptr_t)__libc_stack_end - (granted.rlim_cur - RESERVE));
}

/// True if these begin with the zygote's own arguments, which Node has read already.
bool has_own_arguments(char** argv) {
  int own = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  char text[PATH_MAX + 256];
  ssize_t length = read(own, text, sizeof text);
  close(own);
  for (ssize_t at = 0; at < length; at += strlen(text + at) + 1)
    if (!*argv || strcmp(*argv++, text + at)) return false;
  return length > 0 && length < (ssize_t)sizeof text;
}

/// True if this is the zygote's own environment: much of Node reads it once, at its start.
bool is_own_environment(char** env) {
  char** own = environ;
  while (*own && *env && !strcmp(*own, *env)) own++, env++;
  return !*own && !*env;
}

/// Receives a request and becomes its program. Returns an error, or null.
const char* become_program(exec_request* request) {
  const char* error = launcher_drop_rights(&from_supervisor);
  if (!error) error = launcher_receive_request(&from_supervisor, request);
  if (error) return error;
  if (!has_own_arguments(request->argv)) return "another name or script than it was started with";
  if (!is_own_environment(request->env)) return "another environment than the one it was started with";
  error = launcher_apply_request(&from_supervisor, request, node.first_free);
  if (!error) {
    use_granted_stack();
    start_clocks();
  }
  return error;
}

// ---- the zygote -----------------------------------------------------------------------------------------

/// Forks one spare after the other. Returns in one that has become the program, with the arguments that
/// Node has not read.
napi_value serve() {
  PrivateMemory memory;
  if (!share_all_memory_with_children(&memory)) launcher_fail(&from_supervisor, "memory that can't be shared with spares");
  alarm(0);
  for (;;) {
    pid_t spare = fork();  // libc's, which runs libuv's fork handlers
    if (spare == 0) break;
    if (spare < 0) launcher_fail(&from_supervisor, strerror(errno));
    launcher_report_exit(&from_supervisor, spare);
  }
  repair_child();
  exec_request request;
  const char* error = become_program(&request);
  if (error) launcher_fail(&from_supervisor, error);
  napi_value arguments;
  napi_create_array(node.env, &arguments);
  for (uint32_t i = 2; i < request.argc; i++) append(arguments, text_of(request.argv[i], SIZE_MAX));
  return arguments;
}

/// Forks a child for a self-test with `input` on its standard input, and returns twice: with null in the
/// child, with [wait status, its output] in the zygote.
napi_value run_self_test(const char* input) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) _exit(1);
  if (write(in[1], input, strlen(input)) < 0) _exit(1);
  close(in[1]);
  PrivateMemory memory;
  pid_t child = share_all_memory_with_children(&memory) ? fork() : -1;
  if (child < 0) _exit(1);
  if (child == 0) {
    repair_child();
    const int streams[] = {in[0], out[1], out[1]};
    for (int i = 0; i < 3; i++) if (dup2(streams[i], i) != i) leave(252);
    close_range(node.first_free, ~0U, 0);
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
  while ((in_time = poll(&ready, 1, READY_TIMEOUT_SECONDS * 1000 / 2) == 1) && (bytes = read(out[0], piece, sizeof piece)) > 0)
    text.append(piece, bytes);
  if (!in_time) {
    kill(child, SIGKILL);
    text += " and took too long";
  }
  close(out[0]);
  int status = 0;
  waitpid(child, &status, 0);
  napi_value pair;
  napi_create_array(node.env, &pair);
  append(pair, number_of(status));
  append(pair, text_of(text.data(), text.size()));
  return pair;
}

// ---- functions of zygote.js -------------------------------------------------------------------------------

/// Reads a number and a text, if they are present.
void arguments_of(napi_callback_info info, int32_t* number, char* text, size_t room) {
  size_t count = 2;
  napi_value values[2] = {};
  napi_get_cb_info(node.env, info, &count, values, nullptr, nullptr);
  if (count > 0) napi_get_value_int32(node.env, values[0], number);
  if (count > 1) napi_get_value_string_utf8(node.env, values[1], text, room, nullptr);
}

napi_value js_quiesce(napi_env, napi_callback_info info) {
  int32_t code = 0;
  arguments_of(info, &code, nullptr, 0);
  const char* error = quiesce(code);
  record_descriptors(node.first_free);
  return error ? text_of(error, SIZE_MAX) : nullptr;
}

napi_value js_open(napi_env, napi_callback_info) {
  const char* error = launcher_open(&from_supervisor);
  if (!error && from_supervisor.socket < node.first_free) error = "a socket where a program's files would be";
  launcher_remove_variable(LAUNCHER_VARIABLE);
  launcher_remove_variable("NODE_OPTIONS");
  return error ? text_of(error, SIZE_MAX) : nullptr;
}

napi_value js_serve(napi_env, napi_callback_info) { return serve(); }

napi_value js_self_test(napi_env, napi_callback_info info) {
  int32_t unused;
  char input[1024] = "";
  arguments_of(info, &unused, input, sizeof input);
  return run_self_test(input);
}

/// Runs one turn of the event loop, inside of the calling script.
napi_value js_turn(napi_env, napi_callback_info) {
  uv_run(node.loop, 2);  // UV_RUN_NOWAIT
  return nullptr;
}

napi_value js_pipe(napi_env, napi_callback_info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return nullptr;
  napi_value pair;
  napi_create_array(node.env, &pair);
  for (int end : ends) append(pair, number_of(end));
  return pair;
}

napi_value js_pid(napi_env, napi_callback_info) { return number_of(getpid()); }
}  // namespace

extern "C" napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  node.env = env;
  napi_get_uv_event_loop(env, &node.loop);
  if ((void*)&performance_start) node.start_up = uv_hrtime() - performance_start;
  node.first_free = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(node.first_free);
  alarm(READY_TIMEOUT_SECONDS);
  const struct { const char* name; napi_callback function; } functions[] = {
    {"open", js_open}, {"quiesce", js_quiesce}, {"serve", js_serve}, {"selfTest", js_self_test},
    {"turn", js_turn}, {"pipe", js_pipe}, {"pid", js_pid},
  };
  for (const auto& entry : functions) {
    napi_value function;
    napi_create_function(env, entry.name, SIZE_MAX, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  return exports;
}
