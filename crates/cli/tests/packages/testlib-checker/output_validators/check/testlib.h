// The part of testlib's interface that this checker uses, written for this test: streams of words,
// and an exit code per result.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#ifndef OK_EXIT_CODE
#define OK_EXIT_CODE 0
#endif
#ifndef WA_EXIT_CODE
#define WA_EXIT_CODE 1
#endif

enum TResult { _ok = OK_EXIT_CODE, _wa = WA_EXIT_CODE, _pe = 2, _fail = 3 };

[[noreturn]] inline void quitf(TResult result, const char *format, ...) {
    va_list args;
    va_start(args, format);
    std::vfprintf(stderr, format, args);
    std::exit(result);
}

struct InStream {
    std::ifstream file;
    TResult bad;
    int readInt() {
        int number;
        if (!(file >> number)) quitf(bad, "a number is missing");
        return number;
    }
};
inline InStream inf{{}, _fail}, ouf{{}, _pe}, ans{{}, _fail};

inline void registerTestlibCmd(int argc, char **argv) {
    if (argc < 4) quitf(_fail, "usage: input output answer");
    inf.file.open(argv[1]);
    ouf.file.open(argv[2]);
    ans.file.open(argv[3]);
}
