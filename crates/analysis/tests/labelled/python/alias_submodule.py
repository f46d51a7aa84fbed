# finds: network
from urllib import request as r
r.urlopen('http://h')
