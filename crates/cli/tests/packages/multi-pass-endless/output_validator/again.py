import sys
open(sys.argv[3] + 'nextpass.in', 'w').write('again')
sys.exit(42)
