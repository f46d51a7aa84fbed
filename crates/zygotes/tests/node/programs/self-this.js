console.log(this===module.exports,typeof require,typeof exports,arguments.length,typeof globalThis);
