// finds: nothing
const bfs = { seen: 0 };
bfs.seen += 1;
const prefs = [];
prefs.push(bfs.seen);
console.log(prefs);
