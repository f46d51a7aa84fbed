let c=0;const n=8;(function f(r,a,b,d){if(r==n)return c++;for(let i=0;i<n;i++)if(!(a>>i&1)&&!(b>>(r+i)&1)&&!(d>>(r-i+n)&1))f(r+1,a|1<<i,b|1<<(r+i),d|1<<(r-i+n));})(0,0,0,0);console.log(c);
