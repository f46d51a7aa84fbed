const seen = [];
const interval = setInterval(() => {
  seen.push("i");
  if (seen.length === 4) clearInterval(interval);
}, 5);
setTimeout((a, b) => seen.push(a + b), 1, 2, 3);
setImmediate(() => console.log("immediate"));
const t = setTimeout(() => console.log("unref, not shown"), 10_000);
t.unref();
process.on("exit", () => console.log(seen.join(",")));
