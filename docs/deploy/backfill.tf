# One invocation plans batches of keys, many read one each and write partial checkpoints, one after
# another merges these. The backfill has the name of the execution, unless the input names an earlier one
# that is to go on: {"backfill": "..."}.

locals {
  # What Lambda answers when it is busy or was interrupted; the function's own failures are in its answer.
  backfill_retry = [{
    ErrorEquals     = ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException", "Lambda.Unknown"]
    IntervalSeconds = 5
    MaxAttempts     = 10
    BackoffRate     = 2
    MaxDelaySeconds = 120
    JitterStrategy  = "FULL"
  }]

  # One invocation is left to the schedule.
  backfill_concurrency = var.reserved_concurrency < 0 ? var.backfill_max_concurrency : max(1, min(var.backfill_max_concurrency, var.reserved_concurrency - 1))

  backfill_definition = {
    Comment = "Reads the whole event log in batches, side by side"
    StartAt = "IsNamed"
    States = {
      IsNamed = {
        Type    = "Choice"
        Choices = [{ Variable = "$.backfill", IsPresent = true, Next = "Plan" }]
        Default = "Name"
      }
      Name = {
        Type       = "Pass"
        Parameters = { "backfill.$" = "$$.Execution.Name" }
        Next       = "Plan"
      }
      Plan = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::lambda:invoke"
        Parameters = {
          FunctionName = aws_lambda_alias.environment.arn
          Payload = {
            action       = "backfill-plan"
            "backfill.$" = "$.backfill"
            batchSize    = var.backfill_batch_size
          }
        }
        ResultSelector = { "statusCode.$" = "$.Payload.statusCode", "body.$" = "$.Payload.body" }
        ResultPath     = "$.plan"
        Retry          = local.backfill_retry
        Next           = "IsPlanned"
      }
      IsPlanned = {
        Type    = "Choice"
        Choices = [{ Variable = "$.plan.statusCode", NumericEquals = 200, Next = "Read" }]
        Default = "PlanFailed"
      }
      PlanFailed = {
        Type  = "Fail"
        Error = "PlanFailed"
        Cause = "The batches could not be planned: the answer of Plan and the function's log say why."
      }
      Read = {
        Type                       = "Map"
        MaxConcurrency             = local.backfill_concurrency
        ToleratedFailurePercentage = var.backfill_tolerated_failure_percentage
        ItemReader = {
          Resource     = "arn:${local.partition}:states:::s3:getObject"
          ReaderConfig = { InputType = "JSON" }
          Parameters   = { "Bucket.$" = "$.plan.body.bucket", "Key.$" = "$.plan.body.manifest" }
        }
        ItemProcessor = {
          ProcessorConfig = { Mode = "DISTRIBUTED", ExecutionType = "STANDARD" }
          StartAt         = "ReadBatch"
          States = {
            ReadBatch = {
              Type           = "Task"
              Resource       = "arn:${local.partition}:states:::lambda:invoke"
              Parameters     = { FunctionName = aws_lambda_alias.environment.arn, "Payload.$" = "$" }
              ResultSelector = { "statusCode.$" = "$.Payload.statusCode" }
              Retry          = local.backfill_retry
              Next           = "IsRead"
            }
            IsRead = {
              Type    = "Choice"
              Choices = [{ Variable = "$.statusCode", NumericEquals = 200, Next = "BatchRead" }]
              Default = "BatchFailed"
            }
            # The results of all batches would not fit into one.
            BatchRead = { Type = "Succeed", OutputPath = null }
            BatchFailed = {
              Type  = "Fail"
              Error = "BatchFailed"
              Cause = "A batch was not read to its end: the answer of ReadBatch and the function's log say why."
            }
          }
        }
        ResultPath = null
        Next       = "Merge"
      }
      Merge = {
        Type     = "Task"
        Resource = "arn:${local.partition}:states:::lambda:invoke"
        Parameters = {
          FunctionName = aws_lambda_alias.environment.arn
          Payload      = { action = "backfill-merge", "backfill.$" = "$.backfill" }
        }
        ResultSelector = { "statusCode.$" = "$.Payload.statusCode", "body.$" = "$.Payload.body" }
        ResultPath     = "$.merge"
        Retry          = local.backfill_retry
        Next           = "IsMerged"
      }
      IsMerged = {
        Type = "Choice"
        Choices = [
          { Variable = "$.merge.statusCode", NumericGreaterThanEquals = 400, Next = "MergeFailed" },
          { Variable = "$.merge.body.complete", BooleanEquals = true, Next = "Merged" },
          { Variable = "$.merge.body.remaining", NumericGreaterThan = 0, Next = "Merge" },
        ]
        Default = "Incomplete"
      }
      MergeFailed = {
        Type  = "Fail"
        Error = "MergeFailed"
        Cause = "The partial checkpoints could not be merged: the answer of Merge and the function's log say why."
      }
      Incomplete = {
        Type  = "Fail"
        Error = "Incomplete"
        Cause = "What was read is merged, but not everything was read. The next scheduled run reads the rest, or another execution whose input names this backfill."
      }
      Merged = { Type = "Succeed" }
    }
  }
}

resource "aws_iam_role" "backfill" {
  count = var.enable_backfill ? 1 : 0

  name                 = "${var.function_name}-backfill"
  description          = "What the backfill of ${var.function_name} may do"
  permissions_boundary = local.permissions_boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "states.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })

  tags = local.tags
}

locals {
  # Written out, because the machine's role has to name the machine.
  backfill_arn           = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.function_name}-backfill"
  backfill_executions    = "arn:${local.partition}:states:${local.region}:${local.account_id}:execution:${var.function_name}-backfill"
  backfill_kms_key_arns  = var.enable_backfill ? var.bucket_kms_key_arns : []
  backfill_manifest_arns = "${local.checkpoint_bucket_arn}/${local.checkpoint_directory}_backfill/*"
}

resource "aws_iam_role_policy" "backfill" {
  count = var.enable_backfill ? 1 : 0

  name = "backfill"
  role = aws_iam_role.backfill[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "InvokeTheFunction"
          Effect   = "Allow"
          Action   = ["lambda:InvokeFunction"]
          Resource = [aws_lambda_alias.environment.arn]
        },
        {
          Sid      = "ReadManifests"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = [local.backfill_manifest_arns]
        },
        # A Distributed Map is an execution of the same machine for each batch.
        {
          Sid      = "StartChildren"
          Effect   = "Allow"
          Action   = ["states:StartExecution"]
          Resource = [local.backfill_arn]
        },
        {
          Sid      = "FollowChildren"
          Effect   = "Allow"
          Action   = ["states:DescribeExecution", "states:StopExecution"]
          Resource = ["${local.backfill_executions}:*", "${local.backfill_executions}/*"]
        },
        # X-Ray knows no resources for these.
        {
          Sid      = "WriteTraces"
          Effect   = "Allow"
          Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
          Resource = ["*"]
        },
      ],
      length(local.backfill_kms_key_arns) == 0 ? [] : [{
        Sid      = "ReadEncryptedManifests"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = local.backfill_kms_key_arns
      }]
    )
  })
}

resource "aws_sfn_state_machine" "backfill" {
  count = var.enable_backfill ? 1 : 0

  name       = "${var.function_name}-backfill"
  role_arn   = aws_iam_role.backfill[0].arn
  definition = jsonencode(local.backfill_definition)
  tags       = local.tags

  tracing_configuration {
    enabled = true
  }

  # Step Functions tries the role when the machine is made.
  depends_on = [aws_iam_role_policy.backfill]
}
