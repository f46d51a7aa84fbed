// What validators in this format usually share.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>

inline std::ifstream judge_in, judge_ans;
inline std::istream &author_out = std::cin;
inline std::string feedback_dir;

inline void message(const char *file, const char *format, va_list args) {
    std::FILE *out = std::fopen((feedback_dir + file).c_str(), "a");
    std::vfprintf(out, format, args);
    std::fclose(out);
}

[[noreturn]] inline void wrong_answer(const char *format, ...) {
    va_list args;
    va_start(args, format);
    message("judgemessage.txt", format, args);
    std::exit(43);
}

[[noreturn]] inline void accept() { std::exit(42); }

inline void init_io(int argc, char **argv) {
    if (argc < 4) std::exit(1);
    judge_in.open(argv[1]);
    judge_ans.open(argv[2]);
    feedback_dir = argv[3];
}
