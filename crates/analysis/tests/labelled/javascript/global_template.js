// finds: network
globalThis[`fetch`]('http://h');
