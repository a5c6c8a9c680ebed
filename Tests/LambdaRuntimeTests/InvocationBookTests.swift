import Testing

@testable import LambdaRuntimeServer

@Suite("The server's book of invocations")
struct InvocationBookTests {
  private func invocation(_ id: String) -> InvocationRequest {
    InvocationRequest([], requestID: id)
  }

  @Test("hands out invocations in the order in which they came, one at a time")
  func order() {
    var book = InvocationBook()
    #expect(book.enqueue(invocation("a")) == .queued)
    #expect(book.enqueue(invocation("b")) == .queued)
    #expect(book.poll(0) == .take(invocation("a")))
    #expect(book.poll(1) == .refused)
    #expect(book.answer("b") == .invalidRequestID)
    #expect(book.answer("a") == .accepted)
    #expect(book.answer("a") == .invalidRequestID)
    #expect(book.poll(2) == .take(invocation("b")))
    book.expire("b")
    #expect(book.answer("b") == .invalidRequestID)
    #expect(book.poll(3) == .wait)
    #expect(book.enqueue(invocation("c")) == .give(to: 3))
    #expect(book.answer("c") == .accepted)
  }

  @Test("gives nothing to a runtime that has gone away")
  func gone() {
    var book = InvocationBook()
    #expect(book.poll(0) == .wait)
    #expect(book.poll(1) == .refused)
    book.pollerLeft(0)
    #expect(book.enqueue(invocation("a")) == .queued)
    #expect(book.poll(2) == .take(invocation("a")))
  }

  @Test("takes an error of initialisation only before the first request for an invocation")
  func initError() {
    let failure = ReportedFailure(type: "T", contentType: nil, body: [])
    var book = InvocationBook()
    #expect(book.answer("a") == .invalidState)
    #expect(book.enqueue(invocation("a")) == .queued)
    #expect(book.failInit(failure) == [invocation("a")])
    #expect(book.failInit(failure) == nil)
    #expect(book.enqueue(invocation("b")) == .failed(failure))
    var other = InvocationBook()
    #expect(other.poll(0) == .wait)
    #expect(other.failInit(failure) == nil)
  }

  @Test(
    "knows the calls by their paths",
    arguments: [
      ("GET", "/2018-06-01/runtime/invocation/next", RuntimeAPICall.Recognition.call(.next)),
      ("POST", "/2018-06-01/runtime/invocation/a/response", .call(.response(requestID: "a"))),
      ("POST", "/2018-06-01/runtime/invocation/a/error", .call(.error(requestID: "a"))),
      ("POST", "/2018-06-01/runtime/init/error", .call(.initError)),
      ("POST", "/2018-06-01/runtime/invocation/next", .wrongMethod),
      ("GET", "/2018-06-01/runtime/init/error", .wrongMethod),
      ("GET", "/2018-06-01/runtime/invocation//response", .unknownPath),
      ("GET", "/2019-01-01/runtime/invocation/next", .unknownPath),
      ("GET", "2018-06-01/runtime/invocation/next", .unknownPath), ("GET", "", .unknownPath),
      ("GET", "/2018-06-01/runtime/invocation/next/", .unknownPath),
    ])
  func paths(method: String, path: String, recognition: RuntimeAPICall.Recognition) {
    #expect(RuntimeAPICall.recognize(method: method, path: path) == recognition)
  }
}
