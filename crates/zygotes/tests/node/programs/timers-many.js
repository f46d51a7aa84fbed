const o=[];for(let i=20;i>0;i--)setTimeout(()=>o.push(i),i);setTimeout(()=>console.log(o.join()),60);
