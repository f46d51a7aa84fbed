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

Found found;
bool in_child = false;

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

namespace {

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

}  // namespace

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
