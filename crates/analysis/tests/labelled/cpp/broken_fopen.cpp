// finds: file
#include <cstdio>
int main( {
    fopen("x", "r");
