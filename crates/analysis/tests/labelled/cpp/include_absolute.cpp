// finds: file
#include "/etc/passwd"
int main() {}
