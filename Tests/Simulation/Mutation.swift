/// A mistake that is built into the algorithm on purpose, to see that the simulation finds it.
///
/// Each is made in a store that lies between the algorithm and its buckets, or in the configuration,
/// so that the algorithm itself has no switches.
package enum Mutation: String, CaseIterable, Sendable {
  /// Writes happen whatever has been written in between.
  case unconditionalPut = "unconditional-put"
  /// Who loses a conditional write tries again over the new version, without merging.
  case blindRetry = "blind-retry"
  /// What is complete is told by the time of events instead of that of uploads.
  case eventTimeMark = "event-time-mark"
  /// Objects are expected to be visible as soon as their LastModified says.
  case noOverlap = "no-overlap"
  /// The mark of the state passes what was not read or merged.
  case hastyMark = "hasty-mark"
  /// The mark in the footers passes what the file does not hold.
  case hastyFooter = "hasty-footer"
  /// The state is written before the checkpoints that it tells of.
  case stateBeforeData = "state-before-data"
  /// What could not be read is not tried again.
  case noRetries = "no-retries"
  /// What is done after the mark is not remembered.
  case nothingSeen = "nothing-seen"
  /// The version that is read last wins, not the one modified last.
  case lastReadWins = "last-read-wins"
  /// The version of a checkpoint is taken from the state, not looked up.
  case trustedState = "trusted-state"
  /// Refused objects are not put on record.
  case noRecord = "no-record"
  /// A listing that breaks off is taken for a whole one.
  case shortListing = "short-listing"
  /// An object that cannot be read is taken for one that is gone.
  case unreadableIsGone = "unreadable-is-gone"
  /// Archived objects count as merged.
  case archivedIsMerged = "archived-is-merged"
  /// A checkpoint that cannot be read is taken for one that is not there.
  case damagedIsEmpty = "damaged-is-empty"

  /// A checkpoint claims to come from versions that it does not come from.
  case forgedAncestry = "forged-ancestry"
  /// Who is told of an object says that it is done, whatever became of it.
  case hastyAcknowledgement = "hasty-acknowledgement"
  /// Who is told of an object moves the mark past all others.
  case markByNotification = "mark-by-notification"
  /// An object of each batch of a backfill is passed over.
  case shortBatch = "short-batch"

  /// Whether the mistake makes no difference without backfills.
  var needsBackfills: Bool { self == .shortBatch }

  /// Whether the mistake makes no difference without notifications.
  var needsNotifications: Bool {
    switch self {
    case .hastyAcknowledgement, .markByNotification: true
    default: false
    }
  }

  /// Without these faults the mistake makes no difference.
  var neededFaults: Set<Fault> {
    switch self {
    case .unconditionalPut, .blindRetry: [.conflict]
    case .noOverlap: [.lateVisibility]
    case .hastyMark: [.deadline]
    case .stateBeforeData: [.crash]
    case .noRetries, .unreadableIsGone: [.unreadable]
    case .trustedState, .damagedIsEmpty, .forgedAncestry: [.checkpointTampering]
    case .hastyAcknowledgement: [.unreadable, .conflict]
    case .shortListing: [.errorBeforeEffect]
    case .archivedIsMerged: [.archive]
    case .markByNotification, .eventTimeMark, .hastyFooter, .nothingSeen, .lastReadWins, .noRecord,
      .shortBatch:
      []
    }
  }
}
