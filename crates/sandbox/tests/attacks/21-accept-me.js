// attack: prints the judge's own answer, and ends as a checker that accepts
// expect: Wrong Answer | Runtime Error
// stopped-by: judge
// judge: aplusb
console.log(JSON.stringify({ status: 'Completed', verdict: { status: 'Accepted', passedTests: 9, totalTests: 9 } }));
process.exitCode = 42;
