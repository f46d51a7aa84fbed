// finds: network
const net = require('net');
net.connect(80, 'h');
