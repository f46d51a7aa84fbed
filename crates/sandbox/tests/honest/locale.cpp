// honest: streams with a locale, wide characters, formatted numbers
// stdin: żółw 1234.5
// stdout: żółw 4 1234.50
#include <clocale>
#include <cwchar>
#include <iomanip>
#include <iostream>
#include <locale>
int main() {
    setlocale(LC_ALL, "");
    std::locale::global(std::locale::classic());
    std::cout.imbue(std::locale("C"));
    std::string word;
    double number;
    std::cin >> word >> number;
    setlocale(LC_CTYPE, "C.UTF-8");
    std::cout << word << ' ' << mbstowcs(nullptr, word.c_str(), 0) << ' ' << std::fixed << std::setprecision(2) << number << '\n';
}
