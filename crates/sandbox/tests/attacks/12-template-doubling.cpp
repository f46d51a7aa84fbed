// attack: twice as many instantiations on each level
// expect: compile_failed
// stopped-by: supervisor, cgroups
// within: 180
template <int N, class Left, class Right> struct Pair {};
template <int N, class T> struct Tree : Tree<N - 1, Pair<N, T, int>>, Tree<N - 1, Pair<N, T, char>> {};
template <class T> struct Tree<0, T> {};
int main() { Tree<60, int> tree; }
