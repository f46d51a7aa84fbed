// The native part of the forkable Node: what JavaScript can't do for itself.
//
// Node is not made to be forked. This file makes the process quiet (none of V8's threads is left,
// and all of its memory goes to a child), forks it, and mends in the child what a fork breaks. It
// needs no header of Node's: what it uses is declared here by name. The private part is declared
// weakly, so that a Node without it is told by a null address, and no offset is assumed: a private
// place is found by what it must contain, or the zygote does not start.
//
// Only zygote.js uses it. README.md says how it all fits together.

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <functional>
#include <link.h>
#include <malloc.h>
#include <mutex>
#include <poll.h>
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
#include <vector>

extern "C" {

// ---- public and stable: N-API and libuv ----------------------------------------------------------

typedef struct Env* napi_env;
typedef struct Value* napi_value;
typedef struct CallbackInfo* napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
int napi_create_function(napi_env, const char*, size_t, napi_callback, void*, napi_value*);
int napi_set_named_property(napi_env, napi_value, const char*, napi_value);
int napi_create_string_utf8(napi_env, const char*, size_t, napi_value*);
int napi_create_int32(napi_env, int32_t, napi_value*);
int napi_create_array(napi_env, napi_value*);
int napi_set_element(napi_env, napi_value, uint32_t, napi_value);
int napi_get_array_length(napi_env, napi_value, uint32_t*);
int napi_get_cb_info(napi_env, napi_callback_info, size_t*, napi_value*, napi_value*, void**);
int napi_get_value_int32(napi_env, napi_value, int32_t*);
int napi_get_value_string_utf8(napi_env, napi_value, char*, size_t, size_t*);
int napi_get_uv_event_loop(napi_env, void**);
int napi_add_env_cleanup_hook(napi_env, void (*)(void*), void*);
int uv_loop_fork(void* loop);
int uv_run(void* loop, int mode);
void uv_update_time(void* loop);
uint64_t uv_hrtime(void);

// ---- private: exported by the node executable, and promised by nobody ----------------------------

#define PRIVATE(name) asm(name) __attribute__((weak))

// The way from a thread to its isolate, context, environment and platform. v8::Local is one pointer.
void* current_isolate() PRIVATE("_ZN2v87Isolate10GetCurrentEv");
void* current_context(void* isolate) PRIVATE("_ZN2v87Isolate17GetCurrentContextEv");
void* environment_of(void* context) PRIVATE("_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE");
void* platform_of(void* environment) PRIVATE("_ZN4node23GetMultiIsolatePlatformEPNS_11EnvironmentE");
// A full collection: what the warm-up left is not to be copied by every child.
void collect_garbage(void* isolate) PRIVATE("_ZN2v87Isolate21LowMemoryNotificationEv");
// The source of the seeds of Math.random.
void* chance_of(void* isolate) PRIVATE("_ZN2v88internal7Isolate23random_number_generatorEv");
void seed_chance(void* generator, int64_t seed) PRIVATE("_ZN2v84base21RandomNumberGenerator7SetSeedEl");
// WorkerThreadsTaskRunner is V8's pool: shutting it down joins its threads, a new one starts some.
void construct_pool(void* pool, int threads) PRIVATE("_ZN4node23WorkerThreadsTaskRunnerC1Ei");
void shut_down_pool(void* pool) PRIVATE("_ZN4node23WorkerThreadsTaskRunner8ShutdownEv");
int threads_of_pool(const void* pool) PRIVATE("_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv");
// NodePlatform: finishing what the pool has begun, its size, and the two ways of giving it work.
void drain(void* platform, void* isolate) PRIVATE("_ZN4node12NodePlatform10DrainTasksEPN2v87IsolateE");
int threads_of_platform(void* platform) PRIVATE("_ZN4node12NodePlatform21NumberOfWorkerThreadsEv");
void give_work(void* platform, void* task)
    PRIVATE("_ZN4node12NodePlatform18CallOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EE");
void give_later_work(void* platform, void* task, double delay)
    PRIVATE("_ZN4node12NodePlatform25CallDelayedOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EEd");
// Tables of virtual functions, by which an object is known to be what we take it for.
extern void* const platform_table[] PRIVATE("_ZTVN4node12NodePlatformE");
extern void* const pool_owner_table[]
    PRIVATE("_ZTVSt23_Sp_counted_ptr_inplaceIN4node23WorkerThreadsTaskRunnerESaIS1_ELN9__gnu_cxx12_Lock_policyE2EE");
// Where process.exit() and an uncaught exception end.
void on_process_exit(void* environment, std::function<void(void*, int)>*)
    PRIVATE("_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE");
// When the process began, for process.uptime(), performance.now() and performance.timeOrigin.
extern uint64_t node_start PRIVATE("_ZN4node11per_process15node_start_timeE");
extern uint64_t performance_start PRIVATE("_ZN4node11performance25performance_process_startE");
extern double performance_start_date PRIVATE("_ZN4node11performance35performance_process_start_timestampE");
}

namespace {

/// Whatever waits for it need not wait longer.
const unsigned SECONDS_TO_BE_READY = 20;

const char* missing_symbol() {
#define NEED(name) if (!(void*)&name) return #name
  NEED(current_isolate); NEED(current_context); NEED(environment_of); NEED(platform_of);
  NEED(collect_garbage); NEED(chance_of); NEED(seed_chance); NEED(construct_pool);
  NEED(shut_down_pool); NEED(threads_of_pool); NEED(drain); NEED(threads_of_platform);
  NEED(give_work); NEED(give_later_work); NEED(platform_table); NEED(pool_owner_table);
  NEED(on_process_exit); NEED(node_start); NEED(performance_start); NEED(performance_start_date);
#undef NEED
  return nullptr;
}

/// What was found of this process, once.
struct {
  napi_env env;
  void *loop, *isolate, *environment, *platform;
  void** pool;           // NodePlatform's pointer to its pool
  size_t pool_bytes;
  int pool_threads;
  const int32_t* exit;   // process.exitCode as Node keeps it: exiting, code, whether there is one
  uint64_t *origin, start_up;
  double *origin_date, *milestones;
  int first_free;        // the descriptor that a program's first open() gets
} found;

bool in_child = false;

/// What this process was started with, less what is for the zygote alone.
std::string programs_environment;
const char* const OURS[] = {"LETSCODE_LAUNCHER", "NODE_OPTIONS"};

bool is_ours(const char* variable) {
  for (const char* name : OURS) if (!strncmp(variable, name, strlen(name)) && variable[strlen(name)] == '=') return true;
  return false;
}

struct Range { uintptr_t from, to; };

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

// ---- finding ----------------------------------------------------------------------------------------

/// Where a pointer to an object of malloc's may lead: memory that is ours alone, and can be read.
struct Memory {
  std::vector<Range> ranges;

  bool holds(uintptr_t address, size_t bytes) const {
    auto has_it = [=](const Range& range) { return address >= range.from && address + bytes <= range.to; };
    return address % 8 == 0 && std::any_of(ranges.begin(), ranges.end(), has_it);
  }
};

/// Reads the memory map, and undoes V8's MADV_DONTFORK wherever it is set: a child without V8's heap
/// dies of its first step. To be called before each fork, if JavaScript may have run since the last.
bool give_all_memory_to_children(Memory* memory) {
  FILE* map = fopen("/proc/self/smaps", "r");
  if (!map) return false;
  char line[4096];
  Range here = {};
  bool all = true;
  while (fgets(line, sizeof line, map)) {
    unsigned long from, to, inode;
    char access[5];
    if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &from, &to, access, &inode) == 4) {
      here = {from, to};
      if (!strcmp(access, "rw-p") && inode == 0) memory->ranges.push_back(here);
    } else if (!strncmp(line, "VmFlags:", 8) && strstr(line, " dc")) {
      all &= !madvise((void*)here.from, here.to - here.from, MADV_DOFORK);
    }
  }
  fclose(map);
  return all;
}

/// NodePlatform has a std::shared_ptr to its pool: a pointer, and the address of its owner, which is
/// known by its table and has the pool inside itself.
const char* find_pool(const Memory& memory) {
  if (*(void**)found.platform != (void*)(platform_table + 2)) return "not a NodePlatform";
  size_t words = malloc_usable_size(found.platform) / sizeof(void*);
  for (size_t i = 0; i + 1 < words; i++) {
    void** at = (void**)found.platform + i;
    void** owner = (void**)at[1];
    if (!memory.holds((uintptr_t)owner, 16) || *owner != (void*)(pool_owner_table + 2)) continue;
    if (at[0] != owner + 2) return "a pool that is not where its owner has it";
    found.pool = at;
    found.pool_bytes = malloc_usable_size(owner);
    found.pool_threads = threads_of_pool(at[0]) - 1;  // one of them keeps the delayed tasks
    if (threads_of_pool(at[0]) != threads_of_platform(found.platform)) return "a pool of another size";
    return found.pool_threads > 0 ? nullptr : "a pool without threads";
  }
  return "no pool";
}

/// The performance state's table of milestones begins with the two values that say when we started.
double* milestones_in(const Memory& memory, uintptr_t state) {
  for (size_t i = 0; memory.holds(state + i * 8, 8) && i < 64; i++) {
    uintptr_t table = ((uintptr_t*)state)[i];
    if (!memory.holds(table, 8 * sizeof(double))) continue;
    double* values = (double*)table;
    if (values[0] == performance_start_date && values[1] == (double)performance_start) return values;
  }
  return nullptr;
}

/// `code` is what process.exitCode is at this moment.
const char* find_state(const Memory& memory, int32_t code) {
  size_t words = malloc_usable_size(found.environment) / 8;
  const int32_t wanted[3] = {0, code, 1};
  for (size_t i = 0; i < words; i++) {
    uintptr_t* at = (uintptr_t*)found.environment + i;
    double as_double;
    memcpy(&as_double, at, sizeof as_double);
    if (*at == performance_start) found.origin = at;
    if (as_double == performance_start_date) found.origin_date = (double*)at;
    if (!memory.holds(*at, sizeof wanted)) continue;
    if (!memcmp((void*)*at, wanted, sizeof wanted)) found.exit = (int32_t*)*at;
    if (!found.milestones) found.milestones = milestones_in(memory, *at);
  }
  if (!found.exit) return "no exit code";
  return found.origin && found.origin_date && found.milestones ? nullptr : "no time origin";
}

int threads_alive() {
  DIR* tasks = opendir("/proc/self/task");
  int count = 0;
  while (dirent* entry = tasks ? readdir(tasks) : nullptr) count += entry->d_name[0] != '.';
  if (tasks) closedir(tasks);
  return count;
}

// ---- V8's pool, started when a child first has work for it --------------------------------------------

/// Most programs never do, and stay a process of one thread.
void need_pool() {
  static std::once_flag once;
  if (!in_child) return;
  std::call_once(once, [] {
    void* pool = calloc(1, found.pool_bytes);
    construct_pool(pool, found.pool_threads);
    *found.pool = pool;
  });
}

void give_work_to_some(void* platform, void* task) { need_pool(); give_work(platform, task); }
void give_later_work_to_some(void* platform, void* task, double delay) {
  need_pool();
  give_later_work(platform, task, delay);
}

/// Gives the platform a table of virtual functions of its own, with these two in place.
const char* watch_for_work() {
  Dl_info info;
  ElfW(Sym)* symbol = nullptr;
  if (!dladdr1((const void*)platform_table, &info, (void**)&symbol, RTLD_DL_SYMENT) || !symbol) return "no table";
  void** table = (void**)malloc(symbol->st_size);
  memcpy(table, platform_table, symbol->st_size);
  int replaced = 0;
  for (size_t i = 2; i < symbol->st_size / sizeof(void*); i++) {
    if (table[i] == (void*)give_work) table[i] = (void*)give_work_to_some, replaced++;
    else if (table[i] == (void*)give_later_work) table[i] = (void*)give_later_work_to_some, replaced++;
  }
  *(void***)found.platform = table + 2;
  return replaced == 2 ? nullptr : "other virtual functions";
}

const char* settle(int32_t code) {
  if (const char* symbol = missing_symbol()) return symbol;
  found.isolate = current_isolate();
  found.environment = environment_of(current_context(found.isolate));
  found.platform = platform_of(found.environment);
  collect_garbage(found.isolate);
  drain(found.platform, found.isolate);
  Memory before, after;
  if (!give_all_memory_to_children(&before)) return "memory that can't be given to children";
  if (const char* fault = find_pool(before)) return fault;
  shut_down_pool(*found.pool);
  if (!give_all_memory_to_children(&after)) return "memory that can't be given to children";
  if (const char* fault = find_state(after, code)) return fault;
  // The other one waits for SIGUSR1 to start the inspector, and holds no lock.
  if (threads_alive() > 2) return "threads that did not end";
  return watch_for_work();
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
  while (poll(&ready, 1, 5000) == 1 && (bytes = read(out[0], piece, sizeof piece)) > 0) text.append(piece, bytes);
  if (bytes != 0) kill(child, SIGKILL);
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
