// finds: native
process.binding('fs');
