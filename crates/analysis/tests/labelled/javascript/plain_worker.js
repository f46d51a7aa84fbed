// finds: threads
const { Worker } = require('worker_threads');
new Worker('./x.js');
