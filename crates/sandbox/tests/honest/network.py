# honest: what needs the network ends with an outcome that names the reason
# expect: syscall_denied
import urllib.request

urllib.request.urlopen("http://127.0.0.1/")
