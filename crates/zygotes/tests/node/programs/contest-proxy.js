const p=new Proxy({},{get:(t,k)=>k in t?t[k]:`no ${String(k)}`});p.a=1;console.log(p.a,p.b,Reflect.ownKeys(p));
