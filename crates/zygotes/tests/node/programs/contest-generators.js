function* g(){let [a,b]=[0,1];for(;;){yield a;[a,b]=[b,a+b];}}const r=[];for(const x of g()){if(x>100)break;r.push(x);}console.log(...r);
