const {pipeline,Transform}=require('stream');pipeline(process.stdin,new Transform({transform(c,e,f){f(null,String(c).toUpperCase());}}),process.stdout,e=>console.error('done',e));
