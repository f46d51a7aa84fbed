const a=require('diagnostics_channel').channel('x');a.subscribe(m=>console.log(m));a.publish({a:1});
