try{process.exitCode='abc';}catch(e){console.log(e.code);}
