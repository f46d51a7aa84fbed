const lines = require("fs").readFileSync("/dev/stdin").toString().split("\n");
console.log(lines.filter(Boolean).sort().join(","));
