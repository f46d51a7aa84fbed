const a=undefined;a.b.c=1;
