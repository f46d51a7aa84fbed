'use strict';
// Small programs that a zygote runs in children of its own before it serves: what a wrong Node would
// get wrong. Each with its input, and the wait status and the output that it must end with.

const path = require('path');

const EXITED = 0;
const EXITED_WITH = (code) => code << 8;

const attempt = (name, input, status, output) => ({ file: path.join(__dirname, 'attempts', name), input, status, output });

module.exports = [
  attempt('sync.js', '3\n1 2 3\n', EXITED, /^6\n$/),
  attempt('lines.js', 'a\nb\n', EXITED, /^a;b;\n$/),
  attempt('garbage.js', '', EXITED, /^60000 60000\n$/),
  attempt('threads.js', '', EXITED, /^worker 499500\nwasm 5\nzlib 10000\n$/),
  attempt('clocks.js', '', EXITED, /^true true true true true\n$/),
  attempt('error.js', '', EXITED_WITH(1), /^[^\n]*error\.js:3\nthrow new Error\('as it must be'\);\n\^\n\nError: as it must be\n {4}at Object\.<anonymous> /),
  attempt('exit.js', '', EXITED_WITH(7), /^before\n$/),
];
