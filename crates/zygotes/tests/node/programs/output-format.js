console.log('%s is %d years and %i, %f, %j %o %O %%','Bob',42,42.5,1.5,{a:1},[1],{b:2});console.log('%c css','color:red');
