'use strict';
// A warm Node that forks itself. It is preloaded: `NODE_OPTIONS=--require=<this file> node <script>`,
// with LETSCODE_LAUNCHER as launcher.h defines it. The zygote never gets as far as the script; its
// children return from `serve` below, and Node's own main then runs the script in them as usual.
// README.md has the whole.

// Versions whose internals were checked. Programs of any other are started cold.
const SUPPORTED_VERSIONS = ['v20.20.2'];
// Value of process.exitCode while zygote.cc searches for the place where Node stores it.
const EXIT_CODE = 0x5a17c0d;

const Module = require('module');
const path = require('path');

if (require('worker_threads').isMainThread) main();
else becomeWorker(); // a program's worker preloads this file too

function main() {
  const socket = Number.parseInt(process.env.LETSCODE_LAUNCHER, 10);
  let native;
  let selfTest;
  try {
    native = start();
    selfTest = runSelfTests(native);
    hide();
  } catch (error) {
    require('fs').writeSync(socket, `F${error.message}`);
    process.kill(process.pid, 'SIGKILL'); // Node's own exit would join threads that have ended
  }
  if (!selfTest) process.argv.push(...native.serve());
  else becomeSelfTest(selfTest);
  define('pid', native.pid());
}

function start() {
  if (!SUPPORTED_VERSIONS.includes(process.version)) throw new Error(`Node ${process.version} was not tried`);
  const addon = { exports: {} };
  process.dlopen(addon, path.join(__dirname, 'zygote.node'));
  const native = addon.exports;
  const unusable = native.open();
  if (unusable) throw new Error(unusable);

  restoringAsyncIds(() => restoringStreams(() => require('./warm.js')(native)));
  require('./streams.js');
  require('./machine.js');
  const busy = process.getActiveResourcesInfo();
  if (busy.length > 0) throw new Error(`still busy: ${busy}`);

  process.exitCode = EXIT_CODE;
  const error = native.quiesce(EXIT_CODE);
  process.exitCode = undefined;
  if (error) throw new Error(`not the Node that this was written for: ${error}`);
  return native;
}

// Runs each self-test in a child, where it returns the test's file. Returns null in the zygote.
function runSelfTests(native) {
  for (const { file, input, status, output } of require('./self-tests.js')) {
    const ended = native.selfTest(0, input);
    if (!ended) return file;
    if (ended[0] !== status || !output.test(ended[1])) {
      throw new Error(`${path.basename(file)} ended with wait status ${ended[0]} and printed ${JSON.stringify(ended[1])}`);
    }
  }
  return null;
}

// Hides the standard streams: they are made at the first access, and would be bound to the zygote's.
function restoringStreams(action) {
  const names = ['stdin', 'stdout', 'stderr'];
  const real = names.map((name) => Object.getOwnPropertyDescriptor(process, name));
  for (const name of names) Object.defineProperty(process, name, { configurable: true, get: () => ({}) });
  action();
  names.forEach((name, i) => Object.defineProperty(process, name, real[i]));
}

// Restores the counter of async ids: programs can print the ids of their timers.
function restoringAsyncIds(action) {
  process.noDeprecation = true;
  const { async_id_fields: numbers, constants } = process.binding('async_wrap');
  delete process.noDeprecation;
  const last = numbers[constants.kAsyncIdCounter];
  action();
  numbers[constants.kAsyncIdCounter] = last;
}

// ---- in a child ----------------------------------------------------------------------------------

function becomeSelfTest(file) {
  const { runMain } = Module;
  Module.runMain = () => runMain.call(Module, file);
}

function becomeWorker() {
  require('./machine.js');
  hide();
}

// Removes traces of this file, and of the files that it required.
function hide() {
  for (const file of Object.keys(require.cache)) delete require.cache[file];
  for (const key of Object.keys(Module._pathCache)) delete Module._pathCache[key];
  define('_preload_modules', []);
}

function define(name, value) {
  Object.defineProperty(process, name, { ...Object.getOwnPropertyDescriptor(process, name), value });
}
