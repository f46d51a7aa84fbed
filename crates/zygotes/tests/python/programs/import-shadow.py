import heapq
print(heapq.__name__)
import site
print(site.ENABLE_USER_SITE, "sitecustomize" in dir())
