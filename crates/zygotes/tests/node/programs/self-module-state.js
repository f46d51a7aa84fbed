const M=require('module');console.log(Object.keys(M._cache),Object.keys(M._pathCache),M.globalPaths,process._preload_modules,process.mainModule===module);
