'use strict';
// Describes the machine where Node finds no description: a cell has no /proc/cpuinfo, so that os.cpus()
// would be empty, and no sockets, so that os.networkInterfaces() would throw. Required by zygote.js, also in
// a program's workers, and by a Node that is started for one program.

const os = require('os');

const { cpus, networkInterfaces } = os;

// One for each core that the program may use. A program that makes as many workers makes at least one.
os.cpus = function () {
  const known = cpus();
  if (known.length > 0) return known;
  const times = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
  return Array.from({ length: os.availableParallelism() }, () => ({ model: 'unknown', speed: 0, times: { ...times } }));
};

os.networkInterfaces = function () {
  try {
    return networkInterfaces();
  } catch {
    return {}; // as on a machine without a network
  }
};

for (const [name, original] of Object.entries({ cpus, networkInterfaces })) {
  Object.defineProperty(os[name], 'name', { value: original.name });
}

const Module = require('module');
Module.syncBuiltinESMExports();
delete require.cache[__filename];
for (const key of Object.keys(Module._pathCache)) delete Module._pathCache[key];
