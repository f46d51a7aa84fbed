let o={};const w=new WeakRef(o);const f=new FinalizationRegistry(()=>{});f.register(o,1);console.log(w.deref()===o);
