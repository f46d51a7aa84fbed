# finds: not_in_browsers
import numpy as np
print(np.zeros(3))
