// finds: nothing
struct Graph {
    int link(int a) { return a; }
    int socket(int a) { return a; }
    int go();
};
int Graph::go() { return socket(1) + link(2); }
int main() { return Graph().go(); }
