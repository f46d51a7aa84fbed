'use strict';try{undeclared=1;}catch(e){console.log(e.message);}try{Object.freeze({a:1}).a=2;}catch(e){console.log(e.message);}
