'use strict';
process.on('exit', () => { process.exitCode = 7; });
console.log('before');
