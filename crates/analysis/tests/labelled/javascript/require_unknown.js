// finds: dynamic_code
require(process.argv[2]);
