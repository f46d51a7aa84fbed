const t=setTimeout(()=>console.log('fired',t.hasRef()),5);t.refresh();console.log(t.hasRef());clearTimeout(setTimeout(()=>console.log('no'),1));
