# finds: process
import subprocess
subprocess.run(['ls'])
