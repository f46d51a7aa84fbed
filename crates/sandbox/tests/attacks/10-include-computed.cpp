// attack: an include whose name a macro makes, of files that hold secrets
// expect: compile_failed
// stopped-by: filesystem
// stderr-lacks: root:
// stderr-lacks: BEGIN
#define TEXT(x) #x
#define NAME(x) TEXT(/etc/x)
#include NAME(shadow)
#include NAME(ssh/ssh_host_ed25519_key)
#include "/root/.ssh/id_rsa"
#include "/root/.bash_history"
#include "/proc/1/environ"
#include "/proc/self/environ"
int main() {}
