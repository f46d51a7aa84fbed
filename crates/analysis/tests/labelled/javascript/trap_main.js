// finds: nothing
function main() { console.log(1); }
if (require.main === module) main();
