# finds: file
import sys
g = open if len(sys.argv) > 1 else print
g('x')
