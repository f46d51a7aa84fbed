console.log(process.env,Object.keys(process.env));
