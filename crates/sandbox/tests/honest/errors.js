// honest: an error nobody catches is told in words and by its exit code
// exit: 1
// stderr-has: TypeError: Cannot read properties of undefined
const nothing = [][0];
process.on('exit', (code) => console.error(`code ${code}`));
nothing.length;
