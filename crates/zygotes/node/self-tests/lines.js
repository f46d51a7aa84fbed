'use strict';
let all = '';
const reader = require('readline').createInterface({ input: process.stdin });
reader.on('line', (line) => { all += `${line};`; });
reader.on('close', () => console.log(all));
