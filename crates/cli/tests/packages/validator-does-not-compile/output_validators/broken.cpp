int main() { return fortytwo; }
