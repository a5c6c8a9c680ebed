import Foundation
import S3Lite
import Testing

/// A case of AWS's test suite: a request, its context, and what is to come out.
struct SigV4SuiteCase: Sendable, CustomTestStringConvertible {
  /// Where the signature goes.
  enum Form: String, Sendable {
    case header
    case query
  }

  /// What a file of a case holds.
  enum Role: Sendable, Hashable {
    case request
    case context
    case canonicalRequest(Form)
    case stringToSign(Form)
    case signature(Form)
    case signedRequest(Form)
    case authorization

    /// The form that the file says the outcome of.
    var form: Form? {
      switch self {
      case .request, .context: nil
      case .canonicalRequest(let form), .stringToSign(let form), .signature(let form),
        .signedRequest(let form):
        form
      case .authorization: .header
      }
    }
  }

  let name: String
  private let files: [Role: URL]

  var testDescription: String { name }

  /// The directory of the cases: the one that `SIGV4_SUITE` names, else the one among our resources.
  static let suite: URL = {
    if let path = ProcessInfo.processInfo.environment["SIGV4_SUITE"], !path.isEmpty {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return Bundle.module.bundleURL.appendingPathComponent("Resources/sigv4", isDirectory: true)
  }()

  /// The cases of ``suite``.
  static let all = cases(in: suite)

  /// The cases that say what comes out in a form.
  static func all(having form: Form) -> [SigV4SuiteCase] { all.filter { $0.has(form) } }

  /// The cases in a directory, at whatever depth: directories with a `request.txt`, as aws-c-auth
  /// has them, and files that end in `.req`, as botocore does. Those of `v4a`, another algorithm,
  /// are left out, and so are those with a query that no ``QueryItem`` can hold.
  static func cases(in directory: URL) -> [SigV4SuiteCase] {
    let paths = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String }
    let cases = (paths ?? []).sorted().compactMap { path -> SigV4SuiteCase? in
      let parts = path.split(separator: "/")
      guard let file = parts.last, !parts.contains("v4a") else { return nil }
      let url = directory.appendingPathComponent(path)
      if file == "request.txt" {
        return SigV4SuiteCase(
          name: parts.dropLast().joined(separator: "/"), in: url.deletingLastPathComponent(),
          directoryFiles)
      }
      guard file.hasSuffix(".req") else { return nil }
      let base = String(file.dropLast(4))
      let names = botocoreFiles.mapValues { "\(base).\($0)" }
      return SigV4SuiteCase(
        name: String(path.dropLast(4)), in: url.deletingLastPathComponent(), names)
    }
    return cases.filter { (try? $0.request())?.isUTF8 ?? true }
  }

  private static let directoryFiles: [Role: String] = {
    var files: [Role: String] = [.request: "request.txt", .context: "context.json"]
    for form in [Form.header, .query] {
      files[.canonicalRequest(form)] = "\(form.rawValue)-canonical-request.txt"
      files[.stringToSign(form)] = "\(form.rawValue)-string-to-sign.txt"
      files[.signature(form)] = "\(form.rawValue)-signature.txt"
      files[.signedRequest(form)] = "\(form.rawValue)-signed-request.txt"
    }
    return files
  }()

  private static let botocoreFiles: [Role: String] = [
    .request: "req", .canonicalRequest(.header): "creq", .stringToSign(.header): "sts",
    .authorization: "authz",
  ]

  private init(name: String, in directory: URL, _ names: [Role: String]) {
    self.name = name
    files = names.mapValues { directory.appendingPathComponent($0) }
      .filter { FileManager.default.fileExists(atPath: $0.value.path) }
  }

  /// Whether the case says what comes out in a form.
  func has(_ form: Form) -> Bool { files.keys.contains { $0.form == form } }

  /// What the case says of its surroundings, or where it does not, what botocore's tests take.
  func context() throws -> SigV4SuiteContext {
    guard let file = files[.context] else { return try SigV4SuiteContext(ofBotocore: request()) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(SigV4SuiteContext.self, from: Data(contentsOf: file))
  }

  /// The request.
  func request() throws -> SigV4SuiteRequest {
    try SigV4SuiteRequest(try #require(try bytes(.request)))
  }

  /// A file of the case without carriage returns; nil where the case has none of this role.
  func bytes(_ role: Role) throws -> [UInt8]? {
    try files[role].map { file in try Data(contentsOf: file).filter { $0 != 0x0D } }
  }

  /// A file of the case as text, without the line break that an editor may have put at its end.
  func line(_ role: Role) throws -> String? {
    try bytes(role).map { bytes in
      let end = bytes.lastIndex { $0 != 0x0A }.map { $0 + 1 } ?? 0
      return String(decoding: bytes[..<end], as: UTF8.self)
    }
  }
}
