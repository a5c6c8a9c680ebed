#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes out what was printed.
func flushStandardOutput() {
  fflush(nil)
}
