// finds: dynamic_code
console.log(new Function('return 1')());
