process.exitCode = 3;
setTimeout(() => console.log("late"), 5);
console.log("early");
