// finds: nothing
console.log(typeof require, typeof fetch, typeof WebSocket);
