// A small stand-in for testlib, written for these tests: what their checkers and interactors use of it,
// with testlib's arguments, exit codes and messages.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

enum TResult { _ok = 0, _wa = 1, _pe = 2, _fail = 3, _points = 7 };

struct InStream {
    std::ifstream file;
    std::istream* stream = nullptr;
    bool is_output = false;
    std::string readToken();
    int readInt() { return std::atoi(readToken().c_str()); }
    long long readLong() { return std::atoll(readToken().c_str()); }
};

inline InStream inf, ouf, ans;
inline std::ofstream tout;

[[noreturn]] inline void quit(TResult result, const std::string& message) {
    const char* names[] = {"ok", "wrong answer", "wrong output format", "FAIL", "", "", "", "points"};
    std::fprintf(stderr, "%s %s\n", names[result], message.c_str());
    tout.close();
    std::exit(result);
}

[[noreturn]] inline void quitf(TResult result, const char* format, ...) {
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    quit(result, text);
}

[[noreturn]] inline void quitp(double points) { quit(_points, std::to_string(points)); }

inline std::string InStream::readToken() {
    std::string token;
    if (!(*stream >> token)) quit(is_output ? _pe : _fail, "a token was expected");
    return token;
}

inline void open(InStream& stream, const char* path) {
    stream.file.open(path);
    stream.stream = &stream.file;
    if (!stream.file) quit(_fail, std::string("can't open ") + path);
}

inline void registerTestlibCmd(int count, char** arguments) {
    if (count < 4) quit(_fail, "input, output and answer are needed");
    open(inf, arguments[1]);
    open(ouf, arguments[2]);
    ouf.is_output = true;
    open(ans, arguments[3]);
}

inline void registerInteraction(int count, char** arguments) {
    if (count < 3) quit(_fail, "input and output are needed");
    open(inf, arguments[1]);
    tout.open(arguments[2]);
    if (count > 3) open(ans, arguments[3]);
    ouf.stream = &std::cin;
    ouf.is_output = true;
}
