/// Which bytes of a file will be read for some columns of a row group, before any is.
public struct ReadPlan: Sendable, Hashable {
  /// A column chunk, or a part of one.
  public struct Chunk: Sendable, Hashable {
    /// The column's index in the schema.
    public let column: Int
    /// Where its pages lie in the file.
    public let range: Range<Int>
    /// Which of the data pages are meant, by their index in the ``OffsetIndex``: empty for the
    /// dictionary page before them, nil for the whole chunk.
    public let pages: Range<Int>?

    init(column: Int, range: Range<Int>, pages: Range<Int>? = nil) {
      self.column = column
      self.range = range
      self.pages = pages
    }
  }

  /// One read, of one chunk or of several that are near to each other.
  public struct Request: Sendable, Hashable {
    /// The bytes to read.
    public internal(set) var range: Range<Int>
    /// The chunks within, by their offset.
    public internal(set) var chunks: [Chunk]
  }

  /// The row group's index.
  public let rowGroup: Int
  /// The reads, by their offset; no two overlap.
  public let requests: [Request]

  init(rowGroup: Int, chunks: [Chunk], coalescedGap: Int) {
    var requests: [Request] = []
    for (range, members) in chunks.coalesced(gap: coalescedGap, by: \.range) {
      requests.append(Request(range: range, chunks: members))
    }
    self.rowGroup = rowGroup
    self.requests = requests
  }

  /// All bytes that the requests read.
  public var byteCount: Int {
    requests.reduce(0) { $0 + $1.range.count }
  }
}

extension ReadPlan: CustomStringConvertible {
  /// One line a request: its range, its columns, and their pages where not all are meant.
  public var description: String {
    requests.map { request in
      let columns = request.chunks.map { chunk in
        guard let pages = chunk.pages else { return String(chunk.column) }
        return "\(chunk.column) (\(pages.isEmpty ? "dictionary" : "pages \(pages)"))"
      }.joined(separator: ", ")
      return "row group \(rowGroup): bytes \(request.range), columns \(columns)"
    }.joined(separator: "\n")
  }
}

extension Array {
  /// Sorts by the beginning of each element's range and joins those that overlap or are at most
  /// `gap` apart.
  func coalesced(
    gap: Int, by range: (Element) -> Range<Int>
  ) -> [(range: Range<Int>, elements: [Element])] {
    var result: [(range: Range<Int>, elements: [Element])] = []
    for element in sorted(by: { range($0).lowerBound < range($1).lowerBound }) {
      let next = range(element)
      if let last = result.last, next.lowerBound - last.range.upperBound <= gap {
        let end = Swift.max(last.range.upperBound, next.upperBound)
        result[result.count - 1].range = last.range.lowerBound..<end
        result[result.count - 1].elements.append(element)
      } else {
        result.append((next, [element]))
      }
    }
    return result
  }
}
