// attack: ends as if it had been traced or stopped, which a careless reader of wait statuses takes for something else
// expect: exited
// stopped-by: jail, supervisor
// exit: 127
int main() { return 0x137f; }
