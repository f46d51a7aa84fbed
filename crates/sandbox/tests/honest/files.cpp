// honest: std::filesystem, streams and stdio on files of its own
// stdout: 2 hello 5 gone
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
namespace fs = std::filesystem;
int main() {
    fs::create_directories("a/b");
    std::ofstream("a/b/one") << "hello";
    fs::copy("a", "c", fs::copy_options::recursive);
    fs::rename("c/b/one", "c/b/two");
    fs::create_symlink("two", "c/b/link");
    fs::create_hard_link("a/b/one", "a/hard");
    fs::resize_file("a/hard", 5);
    fs::permissions("a/hard", fs::perms::owner_read);
    fs::last_write_time("a/hard", fs::file_time_type::clock::now(), *new std::error_code);
    std::string text;
    std::ifstream("c/b/link") >> text;
    int count = 0;
    for (auto &entry : fs::recursive_directory_iterator("c/b")) count += entry.is_regular_file() || entry.is_symlink();
    FILE *temporary = tmpfile();
    fputs("x", temporary);
    char name[] = "/tmp/honestXXXXXX";
    if (!temporary || fclose(temporary) || mkstemp(name) < 0 || fs::space("/tmp").available == 0) return 2;
    std::cout << count << ' ' << text << ' ' << fs::file_size("a/hard") << ' ';
    fs::remove_all("a");
    fs::remove_all("c");
    std::cout << (fs::exists("a") ? "there" : "gone") << '\n';
    return fs::current_path() == "/workspace" ? 0 : 3;
}
