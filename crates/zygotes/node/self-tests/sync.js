'use strict';
const [, numbers] = require('fs').readFileSync(0, 'utf8').split('\n');
console.log(numbers.split(' ').map(Number).reduce((a, b) => a + b));
