let x=12345;const a=Array.from({length:100000},()=>x=(x*1103515245+12345)%2147483648);a.sort((p,q)=>p-q);console.log(a[0],a[50000],a[99999]);
