console.log(process.eventNames(),process._events&&Object.keys(process._events).length,process.listenerCount('warning'));
