// finds: nothing
struct Door {
    void open() {}
    void fork() {}
};
int main() {
    Door d;
    d.open();
    d.fork();
}
