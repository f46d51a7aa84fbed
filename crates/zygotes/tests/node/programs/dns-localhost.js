require('dns').lookup('127.0.0.1',(e,a)=>console.log(e,a));
