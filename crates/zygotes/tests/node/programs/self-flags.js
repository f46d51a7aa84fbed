console.log(process.allowedNodeEnvironmentFlags.has('--max-old-space-size'),require('v8').getHeapStatistics().heap_size_limit>1e8,typeof gc);
