class MyError extends Error{constructor(m){super(m);this.name='MyError';this.extra=[1,2];}}throw new MyError('custom');
