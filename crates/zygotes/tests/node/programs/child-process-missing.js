try{require('child_process').execFileSync('/nonexistent');}catch(e){console.log(e.code);}
