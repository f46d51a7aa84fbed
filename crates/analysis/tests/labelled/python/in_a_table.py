# finds: process
import os
table = {'run': os.system}
table['run']('ls')
