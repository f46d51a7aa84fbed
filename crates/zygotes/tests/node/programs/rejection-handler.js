process.on('unhandledRejection',(r,p)=>console.log('unhandled',r.message,p instanceof Promise));Promise.reject(new Error('r'));
