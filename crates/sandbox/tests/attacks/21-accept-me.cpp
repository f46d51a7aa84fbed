// attack: ends as a checker ends that accepts
// expect: Runtime Error
// judge: aplusb
int main() { return 42; }
