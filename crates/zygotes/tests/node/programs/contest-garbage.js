let a=[];for(let r=0;r<8;r++){a=[];for(let i=0;i<80000;i++)a.push({i,s:'q'+i});}console.log(a.length);
