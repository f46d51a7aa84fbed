// finds: dynamic_code
globalThis['ev' + 'al']('1');
