(async()=>{throw new Error('in async');})();
