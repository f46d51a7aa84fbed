# finds: file
from pathlib import Path
print(Path('a').read_text())
