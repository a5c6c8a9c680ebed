// Lets a program that is linked with a newer glibc start with glibc 2.34, as Lambda's provided.al2023 has.
//
// Defined in the program itself, these functions are found before those of the library, so that no newer
// version of it is needed.

#if defined(__linux__)
#include <features.h>
#endif

#if defined(__linux__) && defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#if defined(__x86_64__)
#define BASE_VERSION "GLIBC_2.2.5"
#else
#define BASE_VERSION "GLIBC_2.17"
#endif

// glibc 2.35 gave hypot and hypotf a new version, in which they no longer set errno. Swift's overlay of the
// C library refers to them. The old version is in every glibc.
__asm__(".symver base_hypot, hypot@" BASE_VERSION);
__asm__(".symver base_hypotf, hypotf@" BASE_VERSION);

double base_hypot(double x, double y);
float base_hypotf(float x, float y);

double hypot(double x, double y) { return base_hypot(x, y); }
float hypotf(float x, float y) { return base_hypotf(x, y); }

// glibc 2.36 brought arc4random, and a C++ library that was built with it draws random numbers from it.
uint32_t arc4random(void) {
  uint32_t number;
  // Never short: up to 256 bytes come whole, and without a signal's interruption.
  if (getrandom(&number, sizeof number, 0) != sizeof number) abort();
  return number;
}

#endif
