Error.stackTraceLimit=3;function f(n){if(n)return f(n-1);console.log(new Error('x').stack);}f(10);
