# finds: nothing
import re
p = re.compile('a+')
print(p.match('aaa'))
