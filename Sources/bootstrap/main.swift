import LambdaHost

await CheckpointLambda.main()
