// finds: nothing
// fs.readFileSync, fetch, http.get, exec
/* spawn fork socket */
console.log(1);
