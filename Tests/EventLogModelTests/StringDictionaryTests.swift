import EventLogModel
import Testing

@Suite("A string dictionary")
struct StringDictionaryTests {
  @Test("gives codes like a plain dictionary does", arguments: [UInt64(1), 2, 3, 4])
  func agreesWithModel(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var dictionary = StringDictionary()
    var model: [String: UInt32] = [:]
    var strings: [String] = []
    for _ in 0..<3_000 {
      // Short texts of few letters come again often; every length from 0 to 40 occurs.
      var text = ""
      for _ in 0..<random.below(random.chance(percent: 70) ? 4 : 40) {
        text += random.pick(["a", "b", "é", "😀"]) ?? ""
      }
      let expected = model[text] ?? UInt32(model.count)
      if model[text] == nil {
        model[text] = expected
        strings.append(text)
      }
      let code = try dictionary.intern(text)
      #expect(code == expected, "seed \(seed)")
    }
    #expect(dictionary.count == model.count)
    #expect((0..<UInt32(dictionary.count)).map { dictionary[$0] } == strings)
    #expect(dictionary.bytes == strings.flatMap { Array($0.utf8) })
    #expect(dictionary.offsets.count == dictionary.count + 1)
    for (text, code) in model {
      let utf8 = Array(text.utf8)
      #expect(dictionary.code(of: utf8.span.bytes) == code)
    }
    let other = Array("not there".utf8)
    #expect(dictionary.code(of: other.span.bytes) == nil)
  }

  @Test("that was adopted keeps duplicates and unused entries, and finds the first of equal ones")
  func adopts() throws {
    let bytes = Array("abbacabba".utf8)
    // abba, "", c, abba
    var dictionary = try StringDictionary(adopting: bytes, offsets: [0, 4, 4, 5, 9])
    #expect(dictionary.count == 4)
    let abba = Array("abba".utf8)
    #expect(dictionary.code(of: abba.span.bytes) == 0)
    #expect(try dictionary.intern("abba") == 0)
    #expect(try dictionary.intern("") == 1)
    #expect(try dictionary.intern("new") == 4)
    #expect(dictionary[3] == "abba")
    #expect(dictionary[4] == "new")
  }

  @Test("that was adopted with many entries finds them all", arguments: [UInt64(9)])
  func adoptsMany(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let strings = (0..<2_000).map { _ in "\(random.below(1_000))" }
    var bytes: [UInt8] = []
    var offsets: [UInt32] = [0]
    for text in strings {
      bytes += Array(text.utf8)
      offsets.append(UInt32(bytes.count))
    }
    var dictionary = try StringDictionary(adopting: bytes, offsets: offsets)
    for text in strings {
      let expected = strings.firstIndex(of: text)
      #expect(try dictionary.intern(text) == expected.map(UInt32.init), "seed \(seed)")
    }
    #expect(dictionary.count == 2_000)
  }

  @Test(
    "refuses offsets that do not describe the bytes",
    arguments: [[], [1], [0], [0, 2], [0, 4], [0, 2, 1, 3], [1, 3], [0, 4, 3]] as [[UInt32]])
  func refusesOffsets(offsets: [UInt32]) {
    #expect(throws: StringDictionaryError.invalidOffsets) {
      _ = try StringDictionary(adopting: Array("abc".utf8), offsets: offsets)
    }
  }

  @Test("refuses entries that are not UTF-8, even where two together would be")
  func refusesInvalidUTF8() throws {
    let bytes = Array("aé".utf8)
    #expect(throws: StringDictionaryError.invalidUTF8(entry: 0)) {
      _ = try StringDictionary(adopting: bytes, offsets: [0, 2, 3])
    }
    _ = try StringDictionary(adopting: bytes, offsets: [0, 1, 3])
  }

  @Test("that is empty can be adopted")
  func adoptsNothing() throws {
    var dictionary = try StringDictionary(adopting: [], offsets: [0])
    #expect(dictionary.isEmpty)
    #expect(try dictionary.intern("a") == 0)
  }
}
