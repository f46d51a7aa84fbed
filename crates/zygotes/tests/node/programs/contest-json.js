const o=Array.from({length:5000},(_,i)=>({id:i,name:'n'+i,tags:[i%3,i%5]}));const t=JSON.stringify(o);console.log(t.length,JSON.parse(t)[4999].tags);
