import LambdaHost

try await CheckpointLambda.run()
