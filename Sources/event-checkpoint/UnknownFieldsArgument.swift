public import ArgumentParser
public import EventLogModel

/// `--unknown-fields refuse|ignore`, of every command that reads events.
extension EventDecoder.UnknownFieldPolicy: ExpressibleByArgument {}
