const t=setTimeout(()=>{},1);console.log(+t);const i=setImmediate(()=>{});console.log(require('async_hooks').executionAsyncId(),require('async_hooks').triggerAsyncId());
