process.env.NEW='1';delete process.env.GREETING;console.log(process.env.NEW,'GREETING' in process.env,Object.keys(process.env).length);process.env.TZ='Asia/Tokyo';console.log(new Date(0).getHours());
