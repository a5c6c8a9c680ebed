// Binds hypot and hypotf to the versions that glibc has always had.
//
// glibc 2.35 gave both a new symbol version (they no longer set errno), and a program that was linked
// there does not start where glibc is older, as in Lambda's provided.al2023 with 2.34. Swift's overlay of
// the C library refers to both. Defined in the program itself, they are found before the library's, and
// each hands on to the old version, which every glibc has.

#if defined(__linux__) && defined(__GLIBC__)

#if defined(__x86_64__)
#define BASE_VERSION "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define BASE_VERSION "GLIBC_2.17"
#endif

#ifdef BASE_VERSION
__asm__(".symver base_hypot, hypot@" BASE_VERSION);
__asm__(".symver base_hypotf, hypotf@" BASE_VERSION);

double base_hypot(double x, double y);
float base_hypotf(float x, float y);

double hypot(double x, double y) { return base_hypot(x, y); }
float hypotf(float x, float y) { return base_hypotf(x, y); }
#endif

#endif
