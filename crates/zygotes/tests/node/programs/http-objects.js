const h=require('http');console.log(h.STATUS_CODES[404],h.METHODS.length,typeof fetch,new Headers({a:'b'}).get('a'),new Response('x').status);
