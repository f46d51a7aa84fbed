console.log(Object.keys(process).join());console.log(Object.getOwnPropertyNames(Object.getPrototypeOf(process)).join());
