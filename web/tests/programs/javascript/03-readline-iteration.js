const readline = require("node:readline");
(async () => {
  let sum = 0n;
  for await (const line of readline.createInterface({ input: process.stdin })) sum += BigInt(line || 0);
  console.log(sum, String(sum));
})();
