// finds: native
WebAssembly.compile(new Uint8Array(8));
