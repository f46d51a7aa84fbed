# finds: network
import urllib.request
print(urllib.request.urlopen('http://h').read())
