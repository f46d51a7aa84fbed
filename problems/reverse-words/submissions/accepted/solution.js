const { readFileSync } = require("fs");

const [first, ...lines] = readFileSync(0, "utf8").split("\n");
const reverseWords = (line) => line.trim().split(/\s+/).reverse().join(" ");

console.log(lines.slice(0, Number(first)).map(reverseWords).join("\n"));
