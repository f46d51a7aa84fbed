// finds: network
const x = new XMLHttpRequest();
x.open('GET', '/');
