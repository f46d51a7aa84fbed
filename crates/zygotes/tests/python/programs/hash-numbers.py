print(hash(1), hash(2.5), hash(2**70), hash((1, 2)), hash(None) is not None)
