const { readFileSync } = require("fs");

const [n, ...values] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const average = (list) => list.reduce((sum, x) => sum + x, 0) / n;

const mean = average(values);
const deviation = Math.sqrt(average(values.map((x) => (x - mean) ** 2)));
console.log(mean.toFixed(9), deviation.toFixed(9));
