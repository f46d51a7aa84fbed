# finds: nothing
class Door:
    def open(self):
        return 'opened'
print(Door().open())
