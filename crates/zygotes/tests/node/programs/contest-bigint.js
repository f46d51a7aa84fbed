let a=0n,b=1n;for(let i=0;i<1000;i++)[a,b]=[b,a+b];console.log(a,2n**200n,(10n**50n).toString(16),BigInt.asUintN(64,-1n));
