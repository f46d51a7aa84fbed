// Making a Node quiet enough to be forked, and finding the internal state that a child has to repair.
#pragma once

#include "node.h"

#include <algorithm>
#include <vector>

/// Internal state of this Node, found once.
struct NodeState {
  napi_env env;
  void *loop, *isolate, *environment, *platform;
  void** pool;           // NodePlatform's pointer to its pool
  size_t pool_bytes;
  int pool_threads;
  const int32_t* exit;   // process.exitCode as Node stores it: is exiting, code, has code
  uint64_t *origin, start_up;
  double *origin_date, *milestones;
  int first_free;        // descriptor that a program's first open() returns
};
extern NodeState node;

/// True in a child, which may start V8's threads.
extern bool in_child;

struct Range { uintptr_t from, to; };

/// Private readable memory, to which a pointer to an object of malloc's must lead.
struct PrivateMemory {
  std::vector<Range> ranges;

  bool holds(uintptr_t address, size_t bytes) const {
    auto contains = [=](const Range& range) { return address >= range.from && address + bytes <= range.to; };
    return address % 8 == 0 && std::any_of(ranges.begin(), ranges.end(), contains);
  }
};

/// Reads the memory map, and undoes V8's MADV_DONTFORK wherever it is set: a child without V8's heap
/// crashes at its first step. Called before each fork, if JavaScript may have run since the last.
bool share_all_memory_with_children(PrivateMemory* memory);

/// Ends V8's threads and finds the state. `code` is the current value of process.exitCode. Returns an
/// error if this Node differs from the one that this was written for, or null.
const char* quiesce(int32_t code);
