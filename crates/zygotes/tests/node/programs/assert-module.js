const a=require('assert');try{a.strictEqual(1,2);}catch(e){console.log(e.message);}a.deepEqual({a:[1]},{a:[1]});require('assert')(false,'falsy');
