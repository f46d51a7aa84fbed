#include "quiet.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <mutex>
#include <sys/mman.h>

NodeState node;
bool in_child = false;

bool share_all_memory_with_children(PrivateMemory* memory) {
  FILE* map = fopen("/proc/self/smaps", "r");
  if (!map) return false;
  char line[4096];
  Range current = {};
  bool all = true;
  while (fgets(line, sizeof line, map)) {
    unsigned long from, to, inode;
    char access[5];
    if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &from, &to, access, &inode) == 4) {
      current = {from, to};
      if (!strcmp(access, "rw-p") && inode == 0) memory->ranges.push_back(current);
    } else if (!strncmp(line, "VmFlags:", 8) && strstr(line, " dc")) {
      all &= !madvise((void*)current.from, current.to - current.from, MADV_DOFORK);
    }
  }
  fclose(map);
  return all;
}

namespace {

const char* missing_symbol() {
#define NEED(name) if (!(void*)&name) return #name
  NEED(current_isolate); NEED(current_context); NEED(environment_of); NEED(platform_of);
  NEED(collect_garbage); NEED(random_generator_of); NEED(seed_random_generator); NEED(set_stack_limit); NEED(construct_pool);
  NEED(shut_down_pool); NEED(threads_of_pool); NEED(drain); NEED(threads_of_platform);
  NEED(give_work); NEED(give_later_work); NEED(platform_table); NEED(pool_owner_table);
  NEED(on_process_exit); NEED(node_start); NEED(performance_start); NEED(performance_start_date);
#undef NEED
  return nullptr;
}

/// NodePlatform has a std::shared_ptr to its pool: a pointer, and the address of its control block, which is
/// known by its table and contains the pool.
const char* find_pool(const PrivateMemory& memory) {
  if (*(void**)node.platform != (void*)(platform_table + 2)) return "not a NodePlatform";
  size_t words = malloc_usable_size(node.platform) / sizeof(void*);
  for (size_t i = 0; i + 1 < words; i++) {
    void** at = (void**)node.platform + i;
    void** owner = (void**)at[1];
    if (!memory.holds((uintptr_t)owner, 16) || *owner != (void*)(pool_owner_table + 2)) continue;
    if (at[0] != owner + 2) return "a pool that is not where its owner has it";
    node.pool = at;
    node.pool_bytes = malloc_usable_size(owner);
    node.pool_threads = threads_of_pool(at[0]) - 1;  // one of them is for the delayed tasks
    if (threads_of_pool(at[0]) != threads_of_platform(node.platform)) return "a pool of another size";
    return node.pool_threads > 0 ? nullptr : "a pool without threads";
  }
  return "no pool";
}

/// The performance state's table of milestones begins with the two start times.
double* milestones_in(const PrivateMemory& memory, uintptr_t state) {
  for (size_t i = 0; memory.holds(state + i * 8, 8) && i < 64; i++) {
    uintptr_t table = ((uintptr_t*)state)[i];
    if (!memory.holds(table, 8 * sizeof(double))) continue;
    double* values = (double*)table;
    if (values[0] == performance_start_date && values[1] == (double)performance_start) return values;
  }
  return nullptr;
}

/// Finds the exit code and the time origin by their values. `code` is the current process.exitCode.
const char* find_state(const PrivateMemory& memory, int32_t code) {
  size_t words = malloc_usable_size(node.environment) / 8;
  const int32_t exit_fields[3] = {0, code, 1};
  for (size_t i = 0; i < words; i++) {
    uintptr_t* at = (uintptr_t*)node.environment + i;
    double as_double;
    memcpy(&as_double, at, sizeof as_double);
    if (*at == performance_start) node.origin = at;
    if (as_double == performance_start_date) node.origin_date = (double*)at;
    if (!memory.holds(*at, sizeof exit_fields)) continue;
    if (!memcmp((void*)*at, exit_fields, sizeof exit_fields)) node.exit = (int32_t*)*at;
    if (!node.milestones) node.milestones = milestones_in(memory, *at);
  }
  if (!node.exit) return "no exit code";
  return node.origin && node.origin_date && node.milestones ? nullptr : "no time origin";
}

int threads_alive() {
  DIR* tasks = opendir("/proc/self/task");
  int count = 0;
  while (dirent* entry = tasks ? readdir(tasks) : nullptr) count += entry->d_name[0] != '.';
  if (tasks) closedir(tasks);
  return count;
}

// ---- V8's pool, started by a child's first task -------------------------------------------------------

/// Starts the pool. Most programs never need it, and stay a process of one thread.
void start_pool_once() {
  static std::once_flag once;
  if (!in_child) return;
  std::call_once(once, [] {
    void* pool = calloc(1, node.pool_bytes);
    construct_pool(pool, node.pool_threads);
    *node.pool = pool;
  });
}

void give_work_to_pool(void* platform, void* task) { start_pool_once(); give_work(platform, task); }
void give_later_work_to_pool(void* platform, void* task, double delay) {
  start_pool_once();
  give_later_work(platform, task, delay);
}

/// Gives the platform its own table of virtual functions, with these two replaced.
const char* intercept_work() {
  Dl_info info;
  ElfW(Sym)* symbol = nullptr;
  if (!dladdr1((const void*)platform_table, &info, (void**)&symbol, RTLD_DL_SYMENT) || !symbol) return "no table";
  void** table = (void**)malloc(symbol->st_size);
  memcpy(table, platform_table, symbol->st_size);
  int replaced = 0;
  for (size_t i = 2; i < symbol->st_size / sizeof(void*); i++) {
    if (table[i] == (void*)give_work) table[i] = (void*)give_work_to_pool, replaced++;
    else if (table[i] == (void*)give_later_work) table[i] = (void*)give_later_work_to_pool, replaced++;
  }
  *(void***)node.platform = table + 2;
  return replaced == 2 ? nullptr : "other virtual functions";
}

}  // namespace

const char* quiesce(int32_t code) {
  if (const char* symbol = missing_symbol()) return symbol;
  node.isolate = current_isolate();
  node.environment = environment_of(current_context(node.isolate));
  node.platform = platform_of(node.environment);
  collect_garbage(node.isolate);
  drain(node.platform, node.isolate);
  PrivateMemory before, after;
  if (!share_all_memory_with_children(&before)) return "memory that can't be shared with children";
  if (const char* error = find_pool(before)) return error;
  shut_down_pool(*node.pool);
  if (!share_all_memory_with_children(&after)) return "memory that can't be shared with children";
  if (const char* error = find_state(after, code)) return error;
  // The second one waits for SIGUSR1 to start the inspector, and holds no lock.
  if (threads_alive() > 2) return "threads that did not end";
  return intercept_work();
}
