/// Which bytes of a file will be read for some columns of a row group, before any is.
public struct ReadPlan: Sendable, Hashable {
  /// A column chunk.
  public struct Chunk: Sendable, Hashable {
    /// The column's index in the schema.
    public let column: Int
    /// Where its pages lie in the file.
    public let range: Range<Int>
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
    for chunk in chunks.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      if let last = requests.last, chunk.range.lowerBound - last.range.upperBound <= coalescedGap {
        let end = max(last.range.upperBound, chunk.range.upperBound)
        requests[requests.count - 1].range = last.range.lowerBound..<end
        requests[requests.count - 1].chunks.append(chunk)
      } else {
        requests.append(Request(range: chunk.range, chunks: [chunk]))
      }
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
  /// One line a request: its range and columns.
  public var description: String {
    requests.map { request in
      let columns = request.chunks.map { String($0.column) }.joined(separator: ", ")
      return "row group \(rowGroup): bytes \(request.range), columns \(columns)"
    }.joined(separator: "\n")
  }
}
