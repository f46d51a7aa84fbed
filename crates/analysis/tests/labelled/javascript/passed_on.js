// finds: process
const { execSync } = require('child_process');
['ls'].forEach(execSync);
