process.emitWarning('careful','Odd','X1');new Buffer(1);
