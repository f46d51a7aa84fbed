x=5;console.log(x,this.x,delete globalThis.x,typeof x);var y=1;console.log(globalThis.y);
