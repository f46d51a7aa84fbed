// attack: ends as a checker ends that accepts
// expect: Runtime Error
// stopped-by: judge
// judge: aplusb
int main() { return 42; }
