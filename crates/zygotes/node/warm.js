'use strict';
// Uses once, in the zygote, what most programs use: this loads modules, compiles functions and fills
// caches. Nothing may stay behind: no open file, no pending timer, no listener.

const { Console } = require('console');
const fs = require('fs');
const net = require('net');
const path = require('path');
const readline = require('readline');

for (const name of ['buffer', 'events', 'os', 'perf_hooks', 'stream', 'string_decoder', 'timers', 'tty', 'url', 'util', 'vm']) require(name);

const INPUT = '3\n1 2 3\nabc def\n';

module.exports = function warm(native) {
  // Turns the event loop, which Node does not run before the zygote serves.
  const turn = (times) => {
    for (let i = 0; i < times; i++) {
      process._tickCallback();
      native.turn();
      process._tickCallback();
    }
  };
  // Twice: in the second round V8 uses the types that it saw in the first.
  for (let round = 0; round < 2; round++) {
    output(native, turn);
    for (const reader of [events, lines, asyncLines]) {
      pipe(native, turn, reader);
      file(turn, reader);
    }
    wholeFiles();
    timers(turn);
  }
  commonJs();
  errors();
  for (let i = 0; i < 200 && process.getActiveResourcesInfo().length > 0; i++) turn(1);
};

function output(native, turn) {
  const [from, to] = native.pipe();
  const stream = new net.Socket({ fd: to, readable: false, writable: true });
  const console = new Console({ stdout: stream, stderr: stream });
  console.log(1);
  console.log('a', 1, [1, 2, 3], { a: 1, b: 'x' });
  console.log('%d %s', 1, 'x');
  console.log([[1, 2], [3]], new Map([[1, 2]]), new Set([1]), null, undefined, true, 1n, 1.5);
  console.error('e');
  stream.write('x\n');
  turn(3);
  fs.readSync(from, Buffer.alloc(4096));
  stream.destroy();
  turn(3);
  fs.closeSync(from);
}

function pipe(native, turn, reader) {
  const [from, to] = native.pipe();
  fs.writeSync(to, INPUT);
  fs.closeSync(to);
  const stream = new net.Socket({ fd: from, readable: true, writable: false, manualStart: true });
  reader(stream);
  turn(6);
  stream.destroy();
  turn(3);
}

// Like standard input from a file, but without libuv's threads, which must not be started here.
function file(turn, reader) {
  const read = (fd, buffer, offset, length, position, callback) => {
    process.nextTick(callback, null, fs.readSync(fd, buffer, offset, length, position), buffer);
  };
  const close = (_, callback) => process.nextTick(callback);
  const fd = fs.openSync(__filename, 'r');
  const stream = new fs.ReadStream(null, { fd, autoClose: false, fs: { read, close } });
  reader(stream);
  turn(6);
  stream.destroy();
  turn(3);
  fs.closeSync(fd);
}

function events(stream) {
  stream.setEncoding('utf8');
  let text = '';
  stream.on('data', (piece) => { text += piece; });
  stream.on('end', () => text.trim().split(/\s+/).map(Number));
}

function lines(stream) {
  const reader = readline.createInterface({ input: stream, terminal: false });
  reader.on('line', (line) => line.split(' '));
  reader.on('close', () => {});
}

async function asyncLines(stream) {
  for await (const line of readline.createInterface({ input: stream })) line.trim();
}

function wholeFiles() {
  fs.readFileSync(__filename, 'utf8').split('\n');
  fs.readFileSync(__filename).toString();
  const fd = fs.openSync(__filename, 'r');
  fs.readFileSync(fd, 'utf8');
  fs.closeSync(fd);
}

function timers(turn) {
  let fired = false;
  setTimeout(() => { fired = true; }, 1);
  setImmediate(() => {});
  Promise.resolve().then(() => {});
  while (!fired) turn(1);
  turn(3);
}

// Loads a file as Node loads a program.
function commonJs() {
  const Module = require('module');
  Module._load(path.join(__dirname, 'empty.js'), null, false);
}

function errors() {
  void new Error('x').stack;
}
