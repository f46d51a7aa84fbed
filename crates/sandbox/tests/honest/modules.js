// honest: the built-in modules by their names and imported as modules are
// stdout: function true 3
(async () => {
    const { readFileSync } = await import('node:fs');
    const path = await import('path');
    const source = 'export const three = 1 + 2; export default class {}';
    const { three } = await import('data:text/javascript,' + encodeURIComponent(source));
    const { EventEmitter } = require('events');
    for (const name of require('module').builtinModules) if (!/^_|inspector|trace_events|repl/.test(name)) require(name);
    console.log(typeof readFileSync, path.isAbsolute('/x') && new EventEmitter() instanceof Object, three);
})();
