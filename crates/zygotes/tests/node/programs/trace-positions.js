const a=()=>{
   const e=new Error('pos');
  console.log(e.stack);
};
[1].map(
  a);
