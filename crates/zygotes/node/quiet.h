// Making a Node quiet enough to be forked, and knowing where it keeps what a child has to mend.
#pragma once

#include "node.h"

#include <algorithm>
#include <vector>

/// What was found of this process, once.
struct Found {
  napi_env env;
  void *loop, *isolate, *environment, *platform;
  void** pool;           // NodePlatform's pointer to its pool
  size_t pool_bytes;
  int pool_threads;
  const int32_t* exit;   // process.exitCode as Node keeps it: exiting, code, whether there is one
  uint64_t *origin, start_up;
  double *origin_date, *milestones;
  int first_free;        // the descriptor that a program's first open() gets
};
extern Found found;

/// Whether this is a child, which may start V8's threads.
extern bool in_child;

struct Range { uintptr_t from, to; };

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
bool give_all_memory_to_children(Memory* memory);

/// Ends V8's threads and finds everything. `code` is what process.exitCode is at this moment. Answers
/// what is not as it was in the Node that this was written for, or null.
const char* settle(int32_t code);
