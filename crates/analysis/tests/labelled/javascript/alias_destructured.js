// finds: process
const { exec: e } = require('child_process');
e('ls');
