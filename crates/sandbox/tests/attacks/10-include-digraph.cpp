// attack: an include that a text search for #include does not see
// expect: compile_failed
// stopped-by: filesystem
// stderr-lacks: root:
%:include "/etc/passwd"
??=include "/etc/shadow"
_Pragma("GCC dependency \"/etc/shadow\"")
int main() {}
