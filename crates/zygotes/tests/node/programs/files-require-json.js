const fs=require('fs');fs.writeFileSync(__dirname+'/data.json','{"a":[1,2]}');console.log(require('./data.json'),require('./data'));fs.unlinkSync(__dirname+'/data.json');
