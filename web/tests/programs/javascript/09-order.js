setTimeout(() => console.log("timeout"), 0);
Promise.resolve().then(() => console.log("promise"));
process.nextTick(() => console.log("tick"));
queueMicrotask(() => console.log("microtask"));
(async () => {
  console.log("async start");
  await null;
  console.log("async end");
})();
console.log("main");
