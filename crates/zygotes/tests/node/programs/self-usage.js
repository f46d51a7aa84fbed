const u=process.cpuUsage();console.log(u.user+u.system<1e6,process.resourceUsage().maxRSS>1000,process.memoryUsage().heapUsed>1e6);
