import Foundation

/// JSON as Foundation reads it, to look into answers.
struct JSON: @unchecked Sendable {
  private let value: Any?

  init(_ value: Any?) {
    self.value = value
  }

  init(_ bytes: [UInt8]) throws {
    value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
  }

  subscript(name: String) -> JSON { JSON((value as? [String: Any])?[name]) }

  var names: [String] { ((value as? [String: Any])?.keys.sorted()) ?? [] }
  var elements: [JSON] { (value as? [Any])?.map { JSON($0) } ?? [] }
  var string: String? { value as? String }
  var integer: Int? { value as? Int }
  var boolean: Bool? { value as? Bool }
}
