// attack: an exit code that means accepted to a checker
// expect: exited
// exit: 42
process.exit(42);
