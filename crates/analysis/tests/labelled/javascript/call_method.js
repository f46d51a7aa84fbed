// finds: dynamic_code
eval.call(null, '1');
