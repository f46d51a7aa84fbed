(async()=>{let n=0,s=0;for await(const l of require('readline').createInterface({input:process.stdin})){n++;s+=+l;}console.log(n,s);})();
