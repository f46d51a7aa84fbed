// A `testlib.h` that was changed for this format, written for this test.
#pragma once
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#define OK_EXIT_CODE 42
#define WA_EXIT_CODE 43

enum TResult { _ok = OK_EXIT_CODE, _wa = WA_EXIT_CODE };

inline std::ifstream inf, ans;
inline std::istream &ouf = std::cin;

[[noreturn]] inline void quitf(TResult result, const char *) { std::exit(result); }

inline void registerTestlibCmd(int, char **argv) {
    inf.open(argv[1]);
    ans.open(argv[2]);
}
