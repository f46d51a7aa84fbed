const o=[];for(let i=6;i>0;i--)setTimeout(()=>{o.push(i);if(o.length==6)console.log(o.sort().join());},i*3);
