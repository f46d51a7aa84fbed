'use strict';
// Checks whether programs can be compiled, as `node --check` does, and prints the error in the same form.
// Modules are parsed too, where Node is started with `--experimental-vm-modules`; nothing that they import
// is looked for.

const fs = require('fs');
const path = require('path');
const vm = require('vm');

const OF_COMMONJS = ['exports', 'require', 'module', '__filename', '__dirname'];
// Such a program is a module, and its syntax is a module's.
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

process.removeAllListeners('warning'); // parsing modules is said to be experimental

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
    if (IS_MODULE.includes(error.message)) parseModule(source, filename);
    else if (!MAY_BE_MODULE.includes(error.message) || !isModule(source, filename)) throw error;
  }
}

function isModule(source, filename) {
  try {
    parseModule(source, filename);
    return true;
  } catch {
    return false;
  }
}

function parseModule(source, filename) {
  if (vm.SourceTextModule) new vm.SourceTextModule(source, { identifier: filename });
}
