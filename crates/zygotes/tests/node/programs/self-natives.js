console.log(Object.keys(process.binding('natives')).length>50);console.log(require('module').builtinModules.length);try{require('internal/util');}catch(e){console.log(e.code);}
