console.log(new Error('m').stack);
