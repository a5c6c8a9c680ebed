import CZstd
import Synchronization

/// libzstd's working memory for compressing, a megabyte or more, freed with the object.
///
/// Unchecked because the C pointer is not Sendable: it has one user at a time, who took it out of
/// the pool or made it.
final class ZstdCompressionContext: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Nil when there is no memory for it.
  init?() {
    guard let pointer = ZSTD_createCCtx() else { return nil }
    self.pointer = pointer
  }

  deinit { ZSTD_freeCCtx(pointer) }
}

/// libzstd's working memory for decompressing, freed with the object; one user at a time.
final class ZstdDecompressionContext: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Nil when there is no memory for it.
  init?() {
    guard let pointer = ZSTD_createDCtx() else { return nil }
    self.pointer = pointer
  }

  deinit { ZSTD_freeDCtx(pointer) }
}

/// Idle contexts, kept because making one costs more than compressing a small page.
struct ContextPool<Context: Sendable>: ~Copyable {
  private static var bound: Int { 8 }

  private let idle = Mutex<[Context]>([])

  /// An idle context, or nil when there is none.
  func take() -> Context? {
    idle.withLock { $0.popLast() }
  }

  /// Keeps a context for the next user, unless enough are kept.
  func putBack(_ context: Context) {
    idle.withLock { if $0.count < Self.bound { $0.append(context) } }
  }
}
