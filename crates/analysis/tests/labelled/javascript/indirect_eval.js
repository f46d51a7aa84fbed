// finds: dynamic_code
(0, eval)('1');
