// finds: network
fetch('http://h').then((r) => console.log(r.status));
