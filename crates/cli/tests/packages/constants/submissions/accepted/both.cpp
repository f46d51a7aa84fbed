#include <cstdio>
int main(int, char **arguments) { printf("%s %d\n", arguments[1], {{limit}}); }
