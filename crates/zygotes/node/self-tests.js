'use strict';
// Small programs that a zygote runs in its children before it serves, which fail with an unsupported
// Node. Each with its input, and the wait status and output that it must end with.

const path = require('path');

const EXITED = 0;
const EXITED_WITH = (code) => code << 8;

const selfTest = (name, input, status, output) => ({ file: path.join(__dirname, 'self-tests', name), input, status, output });

module.exports = [
  selfTest('sync.js', '3\n1 2 3\n', EXITED, /^6\n$/),
  selfTest('lines.js', 'a\nb\n', EXITED, /^a;b;\n$/),
  selfTest('garbage.js', '', EXITED, /^60000 60000\n$/),
  selfTest('threads.js', '', EXITED, /^worker 499500\nwasm 5\nzlib 10000\n$/),
  selfTest('clocks.js', '', EXITED, /^true true true true true\n$/),
  selfTest('error.js', '', EXITED_WITH(1), /^[^\n]*error\.js:3\nthrow new Error\('as it must be'\);\n\^\n\nError: as it must be\n {4}at Object\.<anonymous> /),
  selfTest('exit.js', '', EXITED_WITH(7), /^before\n$/),
];
