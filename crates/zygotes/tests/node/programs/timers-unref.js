setTimeout(()=>console.log('never'),5000).unref();console.log('quick');
