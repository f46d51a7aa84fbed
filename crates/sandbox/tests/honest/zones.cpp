// honest: time zones
// stdout: 9 5 EDT 15:16 IST
#include <cstdio>
#include <cstdlib>
#include <ctime>
int main() {
    time_t when = 1720000000;
    printf("%d", localtime(&when)->tm_hour);
    setenv("TZ", "America/New_York", 1);
    tzset();
    tm* there = localtime(&when);
    printf(" %d %s", there->tm_hour, there->tm_zone);
    setenv("TZ", "Asia/Kolkata", 1);
    tzset();
    char text[32];
    strftime(text, sizeof text, "%H:%M %Z", localtime(&when));
    printf(" %s\n", text);
}
