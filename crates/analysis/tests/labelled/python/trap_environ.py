# finds: nothing
import os
print(os.environ.get('LOCAL'), os.path.join('a', 'b'))
