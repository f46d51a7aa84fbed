'use strict';
// Tells whether programs can be compiled, as `node --check` does, and prints the error as that does. It takes for
// a module what has both a module's `await` and a `return` outside of functions; that is said when it is run.

const fs = require('fs');
const path = require('path');
const vm = require('vm');

const OF_COMMONJS = ['exports', 'require', 'module', '__filename', '__dirname'];
// Node compiles such a program as a module when it is run, and does not look at it before.
const IS_MODULE = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
];
// This is a module's only where it is no error in one.
const MAY_BE_MODULE = [
  'await is only valid in async functions and the top level bodies of modules',
  'Unexpected reserved word',
  ...OF_COMMONJS.map((name) => `Identifier '${name}' has already been declared`),
];

for (const name of process.argv.slice(2)) {
  const file = path.resolve(name);
  try {
    check(fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, ''), file);
  } catch (error) {
    error.stack = error.stack.replace(/\n    at (?!.*\(node:)[^]*$/, ''); // without our own part
    throw error;
  }
}

function check(source, filename) {
  try {
    vm.compileFunction(source, OF_COMMONJS, { filename });
  } catch (error) {
    const runsAsModule =
      IS_MODULE.includes(error.message) || (MAY_BE_MODULE.includes(error.message) && compilesAsModule(source));
    if (!runsAsModule) throw error;
  }
}

function compilesAsModule(source) {
  try {
    new vm.Script(`(async function () { 'use strict';\n${source}\n})`);
    return true;
  } catch (error) {
    return IS_MODULE.includes(error.message);
  }
}
