// attack: writes the supervisor's messages to every descriptor that there could be, and ends otherwise
// expect: exited
// stopped-by: jail, supervisor
// exit: 3
#include <cstring>
#include <unistd.h>
int main() {
    const char *words[] = {".", "!", "{\"Done\":{\"exit\":{\"Code\":0},\"max_rss_bytes\":0,\"collected\":[]}}", "\"Ready\"", "{\"result\":{\"Ok\":{}}}"};
    for (int fd = 0; fd < 1001; fd++)
        for (const char *word : words)
            if (write(fd, word, strlen(word)) > 0 && fd > 2) return 4;
    return 3;
}
