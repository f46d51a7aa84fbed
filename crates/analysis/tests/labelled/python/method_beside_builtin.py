# finds: file
class Door:
    def open(self):
        return open('door.txt')
Door().open()
