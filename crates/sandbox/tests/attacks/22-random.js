// attack: predicts the next run's random numbers from this one
// expect: exited
// stopped-by: kernel
// exit: 0
// runs: 3
// stdout-differs: yes
console.log(Math.random());
