// finds: dynamic_code
globalThis['\x65val']('1');
