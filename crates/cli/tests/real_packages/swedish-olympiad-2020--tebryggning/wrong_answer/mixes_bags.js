// Solves only the first group: fills the pots as if all the tea were of one kind.
const { readFileSync } = require("fs");

const [, wanted] = readFileSync(0, "utf8").split(/\s+/).map(Number);
console.log(Math.ceil(wanted / 10));
