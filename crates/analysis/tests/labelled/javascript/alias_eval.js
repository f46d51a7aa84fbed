// finds: dynamic_code
const e = eval;
e('1');
