const { readFileSync } = require("fs");

const OPENING = { ")": "(", "]": "[", "}": "{" };

function check(text) {
  const stillOpen = [];
  for (let i = 0; i < text.length; i++) {
    const opening = OPENING[text[i]];
    if (opening === undefined) {
      stillOpen.push(text[i]);
    } else if (stillOpen.pop() !== opening) {
      return i + 1;
    }
  }
  return stillOpen.length > 0 ? "incomplete" : "ok";
}

const [t, ...texts] = readFileSync(0, "utf8").split("\n");
console.log(texts.slice(0, Number(t)).map((text) => check(text.trim())).join("\n"));
