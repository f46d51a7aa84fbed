import sys
sys.stderr.write('fine, I think')
