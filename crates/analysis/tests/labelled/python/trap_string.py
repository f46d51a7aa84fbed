# finds: nothing
print('open(1) exec(2) socket fetch http. os.system')
