require('fs').promises.readFile('/dev/stdin','utf8').then(t=>console.log(t.length));
