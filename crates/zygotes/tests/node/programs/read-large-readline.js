let n=0,s=0;require('readline').createInterface({input:process.stdin}).on('line',l=>{n++;s+=+l;}).on('close',()=>console.log(n,s));
