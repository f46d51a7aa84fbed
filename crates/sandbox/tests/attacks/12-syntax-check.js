// attack: a regular expression that is dear to check, and a syntax error behind it that quotes a long line
// expect: compile_failed
// stopped-by: compiler
const a = /((((((((((a*)*)*)*)*)*)*)*)*)*)*$/u, b = /(?<a>(?<b>(?<c>(?<d>.){9999}){9999}){9999}){9999}/u;
const c = ;
