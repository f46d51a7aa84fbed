// attack: one error whose text is exponentially long
// expect: compile_failed
// stopped-by: supervisor
// within: 180
template <class A, class B> struct P { using bad = typename A::nothing; };
template <int N> struct T { using type = P<typename T<N - 1>::type, typename T<N - 1>::type>; };
template <> struct T<0> { using type = int; };
T<24>::type::bad value;
int main() {}
