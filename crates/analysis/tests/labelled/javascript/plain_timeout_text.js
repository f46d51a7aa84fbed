// finds: dynamic_code
setTimeout('console.log(1)', 0);
