const rl=require('readline').createInterface({input:process.stdin,output:process.stdout});rl.question('name? ',a=>{console.log('hello '+a);rl.close();});
