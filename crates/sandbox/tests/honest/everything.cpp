// honest: the header with everything in it, and a little of it
// stdout: 3 1.50 fbe caught 1010 yes
#include <bits/stdc++.h>
using namespace std;
int main() {
    ios::sync_with_stdio(false);
    cin.tie(nullptr);
    priority_queue<int> heap;
    for (int n : {1, 3, 2}) heap.push(n);
    random_device source;
    mt19937_64 chance(source() ^ chrono::steady_clock::now().time_since_epoch().count());
    vector<int> all(100);
    iota(all.begin(), all.end(), 0);
    shuffle(all.begin(), all.end(), chance);
    sort(all.begin(), all.end());
    string text = "abcdef", picked;
    for (auto c : {5, 1, 4}) picked += text[c];
    string caught;
    try {
        (void)vector<int>(3).at(7);
    } catch (const out_of_range &) {
        caught = "caught";
    }
    cout << heap.top() << ' ' << fixed << setprecision(2) << 1.5 << ' ' << picked << ' ' << caught << ' ' << bitset<4>(10)
         << ' ' << (regex_match("a1", regex("[a-z][0-9]")) && all[99] == 99 ? "yes" : "no") << endl;
}
