let d=0;function f(){d++;f();}try{f();}catch{}console.log(Math.round(d/2000));
