import sys
print(len(sys.meta_path), len(sys.path_hooks), sys.displayhook, sys.excepthook, sys.breakpointhook is sys.__breakpointhook__)
