// finds: network
new WebSocket('ws://h');
