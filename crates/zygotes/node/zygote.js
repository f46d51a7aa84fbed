'use strict';
// A warm Node that forks itself. It is preloaded: `NODE_OPTIONS=--require=<this file> node <script>`,
// with LETSCODE_LAUNCHER as launcher.h wants it. The zygote never gets as far as the script; its
// children come out of `serve` below, and Node's own main runs the script in them as it would have
// anyway. README.md has the whole.

// The versions whose private parts were looked at. Any other is started cold.
const TRIED = ['v20.20.2'];
// What process.exitCode is while zygote.cc looks for the place where Node keeps it.
const EXIT_CODE = 0x5a17c0d;

const Module = require('module');
const path = require('path');

if (require('worker_threads').isMainThread) main();
else hide(); // a program's worker preloads this file too

function main() {
  const socket = Number.parseInt(process.env.LETSCODE_LAUNCHER, 10);
  let native;
  let attempt;
  try {
    native = start();
    attempt = makeAttempts(native);
    hide();
  } catch (error) {
    require('fs').writeSync(socket, `F${error.message}`);
    process.kill(process.pid, 'SIGKILL'); // its own way out joins threads that are gone
  }
  if (!attempt) process.argv.push(...native.serve());
  else becomeAttempt(attempt);
  define('pid', native.pid());
}

function start() {
  if (!TRIED.includes(process.version)) throw new Error(`Node ${process.version} was not tried`);
  const addon = { exports: {} };
  process.dlopen(addon, path.join(__dirname, 'zygote.node'));
  const native = addon.exports;
  const unusable = native.open();
  if (unusable) throw new Error(unusable);

  keepingNumbers(() => keepingStreams(() => require('./warm.js')(native)));
  const busy = process.getActiveResourcesInfo();
  if (busy.length > 0) throw new Error(`still busy: ${busy}`);

  process.exitCode = EXIT_CODE;
  const fault = native.settle(EXIT_CODE);
  process.exitCode = undefined;
  if (fault) throw new Error(`not the Node that this was written for: ${fault}`);
  return native;
}

// Runs each small program in a child. In such a child it answers the program's file.
function makeAttempts(native) {
  for (const { file, input, status, output } of require('./attempts.js')) {
    const ended = native.attempt(0, input);
    if (!ended) return file;
    if (ended[0] !== status || !output.test(ended[1])) {
      throw new Error(`${path.basename(file)} ended with wait status ${ended[0]} and printed ${JSON.stringify(ended[1])}`);
    }
  }
  return null;
}

// The standard streams are made when they are first touched, and would be bound to the zygote's.
function keepingStreams(action) {
  const names = ['stdin', 'stdout', 'stderr'];
  const real = names.map((name) => Object.getOwnPropertyDescriptor(process, name));
  for (const name of names) Object.defineProperty(process, name, { configurable: true, get: () => ({}) });
  action();
  names.forEach((name, i) => Object.defineProperty(process, name, real[i]));
}

// Programs can print the numbers of their timers, which begin where they always do.
function keepingNumbers(action) {
  process.noDeprecation = true;
  const { async_id_fields: numbers, constants } = process.binding('async_wrap');
  delete process.noDeprecation;
  const last = numbers[constants.kAsyncIdCounter];
  action();
  numbers[constants.kAsyncIdCounter] = last;
}

// ---- in a child ----------------------------------------------------------------------------------

function becomeAttempt(file) {
  const { runMain } = Module;
  Module.runMain = () => runMain.call(Module, file);
}

// What a program could see of this file, and of what it required.
function hide() {
  for (const file of Object.keys(require.cache)) delete require.cache[file];
  for (const key of Object.keys(Module._pathCache)) delete Module._pathCache[key];
  define('_preload_modules', []);
}

function define(name, value) {
  Object.defineProperty(process, name, { ...Object.getOwnPropertyDescriptor(process, name), value });
}
