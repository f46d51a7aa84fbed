const o=[];for(let i=0;i<50000;i++)o.push(i*i%97);console.log(o.join('\n'));
