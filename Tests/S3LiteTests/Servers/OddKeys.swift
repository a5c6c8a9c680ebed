/// Keys that are easily mistaken on their way through URLs, signatures, headers and XML.
enum OddKeys {
  static let all: [String] =
    [
      "plain", "with space", " leading", "trailing ", "a+b", "a++ b", "100%", "%41", "%2F", "%zz",
      "ünï/ço∂é", "e\u{301}", "\u{e9}", "漢字/かな.json", "🎉👨‍👩‍👧", "/leading", "//", "a//b", "a///",
      "./a", "../a", "a/./b", "a/../b", ".", "..", "a/..", "folder/", "a?b#c&d=e;f", "?", "#",
      "quote\"'<>&amp;", "a\\b", "*(!)'~-_.", "a,b=c:d@e$f", "tab\there", "control\u{1}", "\u{7f}",
      "\u{2028}", "\u{feff}bom", "\u{10ffff}", "a|b^c`d{e}[f]",
      String(repeating: "x", count: 1_024), String(repeating: "é", count: 512),
      String(repeating: "/", count: 1_000), String(repeating: "%", count: 1_024),
    ]

  /// Whether a server can have a key.
  static func isPossible(_ key: String, on server: PeerServer) -> Bool {
    switch server {
    case .ours: true
    case .moto: true
    case .rclone:
      // Keys are names of files there: no empty, `.` or `..` segments, 255 bytes each, nothing that
      // ends in a slash; control characters are replaced by pictures of them, and what Unicode holds
      // for equal is one key.
      key != "e\u{301}"
        && key.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { segment in
          !segment.isEmpty && segment != "." && segment != ".." && segment.utf8.count <= 255
            && segment.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
    }
  }
}
