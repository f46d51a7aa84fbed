'use strict';
// Checks whether programs can be compiled, as `node --check` does, and prints the error in the same form. A
// file with both a module's `await` and a `return` outside of functions passes as a module; its error shows
// when it is run.

const fs = require('fs');
const path = require('path');
const vm = require('vm');

const OF_COMMONJS = ['exports', 'require', 'module', '__filename', '__dirname'];
// Node compiles such a program as a module only when it is run, and does not check it before.
const IS_MODULE = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
];
// Such a program is a module only if it compiles as one.
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
    error.stack = error.stack.replace(/\n    at (?!.*\(node:)[^]*$/, ''); // without our own frames
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
