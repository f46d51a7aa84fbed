const W=5000,dp=new Int32Array(W+1);for(let i=1;i<=100;i++){const w=i*37%91+1,v=i*53%97;for(let j=W;j>=w;j--)dp[j]=Math.max(dp[j],dp[j-w]+v);}console.log(dp[W]);
