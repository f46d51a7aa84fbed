console.log({ a: 1, b: "two", c: [1, 2, [3, [4, [5]]]], d: null, e: undefined, f: () => 1, g: Symbol("s") });
console.log([1.5, -0, NaN, Infinity], new Map([["k", { v: 1 }]]), new Set([1, "a"]), new Date(0), /x+/gi);
console.log("%s is %d years and %i, %j %o %%", "Ann", 4.5, 4.5, { a: 1 }, [1]);
class Point { constructor() { this.x = 1; this.y = 2; } }
console.log(new Point(), [new Point()], Object.create(null), new (class extends Point {})());
console.log(Array.from({ length: 120 }, (_, i) => i), "x".repeat(10), ["it's", 'a "quote"']);
console.log(new Error("shown").message, [undefined, , 3], new Uint8Array(3), Buffer.from("hi"), 10n, -0);
