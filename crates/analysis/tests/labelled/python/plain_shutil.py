# finds: file
import shutil
shutil.rmtree('x')
