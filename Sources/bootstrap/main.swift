import LambdaHost
