print(open("/proc/self/environ").read().strip("\0").split("\0")[0])
