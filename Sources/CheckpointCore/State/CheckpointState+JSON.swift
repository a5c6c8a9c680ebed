import EventLogModel
import FoundationEssentials

// The JSON of a state: versioned, with sorted keys and ISO 8601 times, so that a person can read
// and compare it.

/// Why bytes are no ``CheckpointState``.
public struct CheckpointStateError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, as a sentence.
  public let description: String
}

extension CheckpointState {
  /// The version of the format that is written and read.
  public static let formatVersion = 1

  /// The state as JSON. Equal states give equal bytes.
  public func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let form = Form(
      version: CheckpointState.formatVersion, source: source, keyTemplate: keyTemplate,
      schema: .init(fingerprint: schema, unknownFields: unknownFields),
      completeUntil: completeUntil,
      seen: .init(count: seen.count, versions: HexList.text(of: seen.sorted())),
      toRetry: toRetry,
      archived: archived.count == 0 ? nil : archived,
      checkpoints: checkpoints, refused: refused, listed: listed)
    return Array(try encoder.encode(form)) + [0x0A]
  }

  /// Reads a state.
  ///
  /// - Throws: ``CheckpointStateError`` for anything but a whole state of this format version.
  public init(decoding bytes: [UInt8]) throws {
    let form = try CheckpointState.form(Data(bytes))
    guard let seen = HexList.numbers(in: form.seen.versions), seen.count == form.seen.count else {
      throw CheckpointStateError(
        description: "\"seen\" does not hold \(form.seen.count) versions of 16 hexadecimal digits.")
    }
    guard seen.count <= CheckpointState.maximumSeen,
      form.toRetry.count <= CheckpointState.maximumRetries
    else {
      throw CheckpointStateError(description: "\"seen\" or \"to_retry\" is longer than its bound.")
    }
    // Far more than there can be, and far from what would overflow a sum.
    let counts =
      form.checkpoints.flatMap { [$0.rows] + $0.groups.map(\.rows) } + [
        form.refused, form.archived?.count ?? 0,
      ]
    guard counts.allSatisfy({ (0...(1 << 40)).contains($0) }), counts.count < 1 << 20 else {
      throw CheckpointStateError(description: "A count is out of range.")
    }
    source = form.source
    keyTemplate = form.keyTemplate
    schema = form.schema.fingerprint
    unknownFields = form.schema.unknownFields
    completeUntil = form.completeUntil
    self.seen = Set(seen)
    toRetry = form.toRetry
    archived = form.archived ?? Archived()
    checkpoints = form.checkpoints
    refused = form.refused
    listed = form.listed
  }

  private static func form(_ data: Data) throws -> Form {
    let decoder = JSONDecoder()
    do {
      let form = try decoder.decode(Form.self, from: data)
      guard form.version != formatVersion else { return form }
      throw otherVersion(form.version)
    } catch let error as CheckpointStateError {
      throw error
    } catch {
      // Of another version the rest is another one as well.
      if let version = try? decoder.decode(VersionForm.self, from: data).version,
        version != formatVersion
      {
        throw otherVersion(version)
      }
      guard let error = error as? DecodingError else {
        throw CheckpointStateError(description: "It is not JSON: \(error).")
      }
      throw CheckpointStateError(description: sentence(for: error))
    }
  }

  private static func otherVersion(_ version: Int) -> CheckpointStateError {
    CheckpointStateError(
      description: "It is of format version \(version), and \(formatVersion) is the one that is "
        + "read.")
  }

  private static func sentence(for error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      let place = context.codingPath.isEmpty ? "" : " in \"\(path(context))\""
      return "\"\(key.stringValue)\" is missing\(place)."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\"\(path(context))\" is of another type than it should be."
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty
        ? "It is not JSON." : "\"\(path(context))\" is damaged: \(context.debugDescription)"
    @unknown default: return "It is not JSON."
    }
  }

  private struct VersionForm: Decodable {
    let version: Int
  }

  private struct Form: Codable {
    struct Schema: Codable {
      let fingerprint: String
      let unknownFields: String

      enum CodingKeys: String, CodingKey {
        case fingerprint
        case unknownFields = "unknown_fields"
      }
    }

    struct Seen: Codable {
      let count: Int
      let versions: String
    }

    let version: Int
    let source: String
    let keyTemplate: String
    let schema: Schema
    let completeUntil: Timestamp?
    let seen: Seen
    let toRetry: [Retry]
    let archived: Archived?
    let checkpoints: [Checkpoint]
    let refused: Int
    let listed: ListedCounts?

    enum CodingKeys: String, CodingKey {
      case version
      case source
      case keyTemplate = "key_template"
      case schema
      case completeUntil = "complete_until"
      case seen
      case toRetry = "to_retry"
      case archived
      case checkpoints
      case refused
      case listed
    }
  }
}

/// Numbers of 64 bits as 16 hexadecimal digits each, without anything between them: a list of
/// 200,000 is one string of 3 MB, not as many strings.
enum HexList {
  static func text(of numbers: [UInt64]) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * 8)
    for number in numbers {
      withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
    return ContentHash.hexadecimal(bytes)
  }

  static func numbers(in text: String) -> [UInt64]? {
    var text = text
    return text.withUTF8 { digits -> [UInt64]? in
      guard digits.count % 16 == 0 else { return nil }
      var numbers: [UInt64] = []
      numbers.reserveCapacity(digits.count / 16)
      for start in stride(from: 0, to: digits.count, by: 16) {
        var number: UInt64 = 0
        for digit in digits[start..<start + 16] {
          switch digit {
          case 0x30...0x39: number = number << 4 | UInt64(digit - 0x30)
          case 0x61...0x66: number = number << 4 | UInt64(digit - 0x57)
          default: return nil
          }
        }
        numbers.append(number)
      }
      return numbers
    }
  }
}
