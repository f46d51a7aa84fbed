import('./nope.mjs').catch(e=>console.log(e.code));
