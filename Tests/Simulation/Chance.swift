import TestSupport

/// The seeded random numbers of a simulation. `EventLogModel` has a generator of the same name.
typealias Chance = SplitMix64
