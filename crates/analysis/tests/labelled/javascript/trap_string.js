// finds: nothing
console.log('fetch(http://h) exec spawn fs.open eval(1)');
