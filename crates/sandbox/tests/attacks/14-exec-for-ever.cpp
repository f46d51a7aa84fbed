// attack: executes itself again and again, so that no one image ever uses much time
// expect: cpu_time_exceeded
// stopped-by: supervisor, cgroups
#include <unistd.h>
int main(int, char **argv) { execv("/proc/self/exe", argv); }
