console.log("start");
Promise.reject(new TypeError("nobody caught me"));
setTimeout(() => console.log("not reached"), 100);
