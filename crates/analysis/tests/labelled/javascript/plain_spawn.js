// finds: process
require('child_process').spawn('ls');
