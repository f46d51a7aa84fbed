'use strict';
// Makes writes to standard streams that are pipes wait, as writes to a file do. Node by itself makes
// such a pipe non-blocking: what it has not taken when a program calls process.exit() is lost, and
// fs.writeSync(1) fails with EAGAIN. zygote.js requires this file; a Node that is started for one
// program preloads it.

for (const name of ['stdout', 'stderr']) {
  const original = Object.getOwnPropertyDescriptor(process, name);
  // The stream is made at the first access.
  const get = () => {
    Object.defineProperty(process, name, original);
    const stream = process[name];
    // A file has no handle, and neither has a worker's stream.
    stream._handle?.setBlocking?.(true);
    return stream;
  };
  Object.defineProperty(get, 'name', { value: original.get.name });
  Object.defineProperty(process, name, { ...original, get });
}

// Removes traces of this file, and of the options that a cold start has from us.
const Module = require('module');
delete require.cache[__filename];
for (const key of Object.keys(Module._pathCache)) delete Module._pathCache[key];
Object.defineProperty(process, '_preload_modules', { ...Object.getOwnPropertyDescriptor(process, '_preload_modules'), value: [] });
process.execArgv = [];
