const out = [];
for (let i = 0; i < 20000; i++) out.push(i * i);
console.log(out.join("\n"));
