// attack: predicts the next run's secret bytes from this one
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 3
// stdout-differs: yes
console.log(require('crypto').randomUUID());
