# finds: nothing
class os:
    @staticmethod
    def system(x):
        return x
print(os.system(1))
