// Ten guesses for a number from 1 to 1000.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

int main(int, char **argv) {
    std::ifstream in(argv[1]);
    std::ofstream message(std::string(argv[3]) + "judgemessage.txt");
    int hidden, guess;
    in >> hidden;
    for (int guesses = 0; guesses < 10; guesses++) {
        if (!(std::cin >> guess)) {
            message << "no guess";
            return 43;
        }
        if (guess < 1 || guess > 1000) {
            message << "out of range: " << guess;
            return 43;
        }
        if (guess == hidden) {
            std::cout << "correct" << std::endl;
            return 42;
        }
        std::cout << (guess < hidden ? "higher" : "lower") << std::endl;
    }
    message << "too many guesses";
    return 43;
}
