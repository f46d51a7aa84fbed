// finds: process
let run;
run = require('child_process').execSync;
run('ls');
