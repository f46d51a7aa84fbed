// honest: standard input by lines, as an event
// stdin-numbers: 50000
// stdout: 1249975000
const lines = require('readline').createInterface({ input: process.stdin, crlfDelay: Infinity });
let sum = 0;
lines.on('line', (line) => { for (const n of line.split(' ')) sum += +n; });
lines.on('close', () => console.log(sum));
