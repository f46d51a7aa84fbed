console.log({a:1,b:{c:[1,2,{d:3}]}},[1,,3],new Map([[{a:1},'x']]),new Set('abc'),Symbol('s'),()=>1,class A{},new Date(0),/x/g,null,undefined,-0,10n,new Error('e').message);
