// attack: an exit code that means accepted to a checker
// expect: exited
// stopped-by: judge
// exit: 42
process.exit(42);
