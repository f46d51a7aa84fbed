# finds: process
__import__('os').system('ls')
