// finds: network
const { get } = require('node:https');
get('https://h');
