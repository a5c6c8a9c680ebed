import ArgumentParser
import ParquetKit
import S3Lite

/// `event-checkpoint parquet`: looks into Parquet files.
struct ParquetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parquet",
    abstract: "Look into a Parquet file: footer, schema, rows.",
    discussion: """
      EXAMPLES
        event-checkpoint parquet meta out/events.parquet
        event-checkpoint parquet head out/events.parquet --columns ptid,timestamp --rows 5
        event-checkpoint parquet cat out/events.parquet --json | jq .ptid
      """,
    subcommands: [
      ParquetMetaCommand.self, ParquetSchemaCommand.self, ParquetHeadCommand.self,
      ParquetCatCommand.self,
    ])
}

/// The Parquet file that a command looks into.
struct ParquetFileArguments: ParsableArguments {
  @Argument(
    help: "The Parquet file: a path, or a file: or s3: URL.",
    completion: .file(extensions: ["parquet"]))
  var file: String

  @OptionGroup(title: "S3") var s3: S3Arguments

  func validate() throws {
    _ = try ObjectLocation(file)
  }

  /// Opens the file and hands it over; the sentence of an error begins with its name.
  func with<Result>(_ body: (ParquetFile) async throws -> Result) async throws -> Result {
    let location = try ObjectLocation(file)
    return try await Stores.with(s3) { stores in
      do {
        let parquet = try await ParquetFile.open(try await stores.source(location))
        return try await body(parquet)
      } catch let error as ParquetError where error.code == .inputOutput {
        throw CommandFailure("\(error)")
      } catch let error as ParquetError {
        throw CommandFailure("\(file): \(error)")
      } catch let error as S3Error {
        throw CommandFailure("\(file): \(error)")
      }
    }
  }
}

/// Which file, columns and rows a command shows, and how.
struct RowSelection: ParsableArguments {
  @OptionGroup var parquet: ParquetFileArguments

  @Option(
    name: .long,
    help: ArgumentHelp("Only these columns, in this order, by name.", valueName: "a,b"))
  var columns: String?

  @Option(name: .long, help: "At most this many rows.")
  var rows: Int?

  @Flag(name: .long, help: "One JSON object a row, keys in the order of the columns.")
  var json = false

  func validate() throws {
    if let rows, rows < 0 { throw ValidationError("--rows must not be negative.") }
  }

  /// The chosen columns' indices; without a choice all, which must be flat.
  func indices(in parquet: ParquetFile) throws -> [Int] {
    guard let columns else {
      let all = Array(parquet.schema.columns.indices)
      if let nested = parquet.schema.columns.first(where: { !$0.isFlat }) {
        throw ValidationError(
          "The column \"\(nested.name)\" is nested or repeated, which is not shown; choose flat "
            + "columns with --columns.")
      }
      return all
    }
    return try columns.split(separator: ",").map { name in
      guard let index = parquet.schema.index(of: String(name)) else {
        let known = parquet.schema.columns.map(\.name).joined(separator: ", ")
        throw ValidationError("There is no column \"\(name)\"; the file has \(known).")
      }
      return index
    }
  }

  /// Hands the chosen rows over, one row group at a time: its columns and how many of its rows.
  func forEachRowGroup(
    of parquet: ParquetFile, columns: [Int], default limit: Int?,
    _ body: ([Column], Int) throws -> Void
  ) async throws {
    var left = rows ?? limit ?? Int.max
    for (index, group) in parquet.metadata.rowGroups.enumerated() where left > 0 {
      let decoded = try await parquet.readRowGroup(index, columns: columns)
      let count = min(left, group.rowCount)
      try body(decoded, count)
      left -= count
    }
  }
}
