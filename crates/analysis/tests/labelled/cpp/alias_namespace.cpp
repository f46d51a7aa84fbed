// finds: file
#include <filesystem>
namespace fs = std::filesystem;
int main() {
    fs::create_directory("x");
}
