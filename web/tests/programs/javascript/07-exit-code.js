console.log("a");
setTimeout(() => console.log("never"), 50);
process.on("exit", (code) => console.log("leaving with", code));
process.exit(7);
