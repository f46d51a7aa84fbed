// finds: process
const c = require('child_process');
c['ex' + 'ec']('ls');
