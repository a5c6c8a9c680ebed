/// Rows of text in aligned columns, two spaces between them; numbers stand to the right.
struct TextTable: CustomStringConvertible {
  private let header: [String]
  private var rows: [[String]] = []

  init(_ header: [String]) {
    self.header = header
  }

  /// Appends a row with as many cells as the header has.
  mutating func append(_ cells: [String]) {
    rows.append(cells.map { $0.replacingControlCharacters() })
  }

  var description: String {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let isNumeric = header.indices.map { column in
      let cells = rows.map { $0[column] }.filter { !$0.isEmpty }
      return !cells.isEmpty && cells.allSatisfy { Double($0) != nil }
    }
    return ([header] + rows).map { cells in
      var line = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        if column > 0 { line += "  " }
        line += isNumeric[column] ? padding + cell : cell + padding
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

extension String {
  /// The text with control characters shown as U+FFFD, so that a cell stays on its line.
  fileprivate func replacingControlCharacters() -> String {
    guard unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      return self
    }
    var result = ""
    for scalar in unicodeScalars {
      result.unicodeScalars.append(
        scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : scalar)
    }
    return result
  }
}
