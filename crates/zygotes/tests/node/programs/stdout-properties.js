const o=process.stdout;console.log(o.fd,o.isTTY,o.writable,o._type,o.columns,process.stderr.fd,process.stderr._type,o.constructor.name,o.writableHighWaterMark);
