const d=new Date(2020,0,15,12,30);console.log(d.toString(),d.toISOString(),d.getTimezoneOffset(),new Date('2020-02-30').getTime(),Date.UTC(2000,1,29));
