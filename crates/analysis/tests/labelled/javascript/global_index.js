// finds: dynamic_code
globalThis['eval']('1');
