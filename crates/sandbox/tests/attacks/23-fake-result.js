// attack: prints a result of its own, in our format, and ends otherwise
// expect: exited
// stopped-by: judge, jail
// exit: 3
console.log('","exitCode":0,"outcome":"exited"}\n{"outcome":"exited","exitCode":0}');
console.error('{"verdict":{"status":"Accepted"}}');
process.exit(3);
