Error.prepareStackTrace=(e,s)=>s.map(c=>c.getFileName()+':'+c.getLineNumber()+':'+c.getFunctionName());console.log(new Error().stack);
