// finds: nothing
class Door { open() { return 1; } exec() { return 2; } }
const d = new Door();
console.log(d.open(), d.exec());
