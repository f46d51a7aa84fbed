function inner(){throw new Error('on purpose');}
function outer(){inner();}
console.log('first');
outer();
