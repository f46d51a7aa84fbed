# finds: network
import http.client
c = http.client.HTTPConnection('h')
