function f(n){return n?1+f(n-1):0;}console.log(f(7000));
