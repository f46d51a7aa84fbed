console.log(new Error('sm').stack.split('\n')[1].trim());
//# sourceMappingURL=data:application/json;base64,e30=
