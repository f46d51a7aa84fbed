// Fails: match() gives null for a line without words.
const { readFileSync } = require("fs");

const [first, ...lines] = readFileSync(0, "utf8").split("\n");
for (const line of lines.slice(0, Number(first))) {
  console.log(line.match(/\S+/g).reverse().join(" "));
}
