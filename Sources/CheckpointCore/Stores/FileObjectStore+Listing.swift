import EventLogModel

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension FileObjectStore {
  /// The most objects of one page. Large enough that spreading a page over the processors pays.
  static let pageSize = 4096

  /// Lists the files below the directory. See ``ObjectStore/list(_:_:)``.
  ///
  /// Symbolic links are followed, except to a directory that contains the link. A file is read
  /// only where its ETag is asked for.
  ///
  /// - Throws: ``ObjectStoreError`` also where a directory below cannot be read, since its objects
  ///   would be missing without a word.
  public func list(
    _ request: ListRequest, _ onPage: (ListingPage) async throws -> Void
  ) async throws {
    var serverTime = Timestamp.fileSystemNow
    let directory: OpenFile
    do {
      directory = try OpenFile.open(root, O_RDONLY | O_DIRECTORY)
    } catch {
      if !createsDirectory || error != .noEntry { try checkRoot() }
      guard createsDirectory, error == .noEntry else { throw error.storeError(root, "listed") }
      try await onPage(ListingPage(objects: [], serverTime: serverTime, isLast: true))
      return
    }
    var walker = try DirectoryWalker(root: directory, request: request)
    var isLast = false
    while !isLast {
      try Task.checkCancellation()
      var found: [DirectoryWalker.Found] = []
      while found.count < FileObjectStore.pageSize, !isLast {
        if let file = try walker.next() { found.append(file) } else { isLast = true }
      }
      let objects = try await describe(found, request.eTags, in: directory)
      try await onPage(
        ListingPage(
          objects: objects, skipped: walker.takeSkipped(), serverTime: serverTime, isLast: isLast))
      serverTime = .fileSystemNow
    }
  }

  /// Adds the ETags that are asked for, on all processors.
  private func describe(
    _ found: [DirectoryWalker.Found], _ demand: ListRequest.ETagDemand, in directory: OpenFile
  ) async throws -> [ObjectMetadata] {
    let demanded = found.count { demand.includes($0.status.changed) }
    let width = demanded < 64 ? 1 : FilePath.processorCount
    let share = max(1, (found.count + width - 1) / width)
    let parts = try await withThrowingTaskGroup(of: (Int, [ObjectMetadata]).self) { group in
      for start in stride(from: 0, to: found.count, by: share) {
        let part = found[start..<min(start + share, found.count)]
        group.addTask {
          (start, try FileObjectStore.describe(part, demand, in: directory))
        }
      }
      var parts: [(Int, [ObjectMetadata])] = []
      for try await part in group { parts.append(part) }
      return parts.sorted { $0.0 < $1.0 }
    }
    return parts.flatMap { $0.1 }
  }

  private static func describe(
    _ found: ArraySlice<DirectoryWalker.Found>, _ demand: ListRequest.ETagDemand,
    in directory: OpenFile
  ) throws -> [ObjectMetadata] {
    var objects: [ObjectMetadata] = []
    objects.reserveCapacity(found.count)
    var buffer: [UInt8] = []
    for file in found {
      var eTag: ETag?
      if demand.includes(file.status.changed) {
        if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: 1 << 16) }
        do {
          let open = try OpenFile.open(file.key, O_RDONLY | O_NONBLOCK, at: directory)
          eTag = try hash(open, buffer: &buffer)
        } catch let error as SystemError where error == .noEntry || error == .notDirectory {
          continue  // It went away in the meantime.
        } catch {
          // Listed without a tag: whoever wants the object meets the error when reading it.
        }
      }
      objects.append(
        ObjectMetadata(
          key: file.key, lastModified: file.status.changed, size: file.status.size, eTag: eTag))
    }
    return objects
  }
}
