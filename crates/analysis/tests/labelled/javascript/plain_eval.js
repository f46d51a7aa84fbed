// finds: dynamic_code
console.log(eval('1 + 1'));
