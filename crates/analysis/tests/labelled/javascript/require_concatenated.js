// finds: process
require('child_' + 'process').execSync('ls');
