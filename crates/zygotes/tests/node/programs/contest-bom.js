console.log('with a mark');
