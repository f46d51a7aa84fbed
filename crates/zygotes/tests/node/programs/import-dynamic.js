import('fs').then(m=>{console.log(typeof m.readFileSync,typeof m.default);return import('node:path');}).then(m=>console.log(m.sep));
