console.table([{a:1,b:2},{a:3,b:4}]);console.group('g');console.log('in');console.groupEnd();console.dir({a:{b:{c:{}}}},{depth:0});console.count();console.count();console.assert(1===2,'no');
