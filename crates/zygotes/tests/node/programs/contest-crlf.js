console.log('a');
console.log('b');
throw new Error('c');
