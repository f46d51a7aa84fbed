const { readFileSync } = require("fs");

const LIMIT = 2_000_000;

const isPrime = new Uint8Array(LIMIT + 1).fill(1);
isPrime[0] = isPrime[1] = 0;
for (let p = 2; p * p <= LIMIT; p++) {
  if (isPrime[p]) {
    for (let multiple = p * p; multiple <= LIMIT; multiple += p) {
      isPrime[multiple] = 0;
    }
  }
}

// upTo[x] is the number of primes that are at most x.
const upTo = new Int32Array(LIMIT + 1);
for (let x = 1; x <= LIMIT; x++) {
  upTo[x] = upTo[x - 1] + isPrime[x];
}

const [q, ...numbers] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const answers = [];
for (let i = 0; i < q; i++) {
  const a = numbers[2 * i];
  const b = numbers[2 * i + 1];
  answers.push(upTo[b] - upTo[a - 1]);
}
console.log(answers.join("\n"));
