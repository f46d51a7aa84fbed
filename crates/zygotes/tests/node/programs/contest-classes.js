class A{#p=1;static s=2;get p(){return this.#p;}set p(v){this.#p=v;}}class B extends A{toString(){return `B${this.p}`;}}const b=new B();b.p=5;console.log(`${b}`,A.s,b);
