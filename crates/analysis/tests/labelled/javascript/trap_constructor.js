// finds: nothing
class A { copy() { return new this.constructor(); } }
console.log(new A().copy() instanceof A);
