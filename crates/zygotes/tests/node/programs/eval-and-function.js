console.log(eval('1+1'),new Function('a','return a*2')(4));try{eval('throw new Error("ev")');}catch(e){console.log(e.stack.split('\n').slice(0,2).join(';'));}
