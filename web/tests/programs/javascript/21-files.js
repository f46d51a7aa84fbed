const fs = require("fs");
fs.writeFileSync("note.txt", "kept\n");
fs.appendFileSync("note.txt", "more\n");
console.log(fs.readFileSync("note.txt", "utf8").trim().split("\n"), fs.existsSync("absent"));
try {
  fs.readFileSync("absent");
} catch (error) {
  console.log(error.code);
}
fs.writeSync(1, "written\n");
fs.appendFileSync("/dev/stdout", "and this\n");
