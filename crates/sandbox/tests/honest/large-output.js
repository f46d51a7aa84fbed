// honest: half a megabyte printed line by line, none of it lost
// stdout-lines: 100000
for (let i = 0; i < 100000; i++) console.log(i % 10000);
