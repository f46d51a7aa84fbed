process.title='other';console.log(process.title);
