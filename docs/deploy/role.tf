# What the function may do, and nothing else. Every statement here is tried against the calls that the
# function makes.

locals {
  list_statements = [
    # A GET or HEAD of a key that does not exist is answered with 404 only to those who may list the
    # bucket, and with 403 to others; it has no s3:prefix. Hence IfExists.
    for sid, place in {
      ListSource      = { bucket = local.source_bucket_arn, prefix = var.source_prefix }
      ListCheckpoints = { bucket = local.checkpoint_bucket_arn, prefix = local.checkpoint_directory }
      } : merge({
        Sid      = sid
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [place.bucket]
    }, place.prefix == "" ? {} : { Condition = { StringLikeIfExists = { "s3:prefix" = ["${place.prefix}*"] } } })
  ]

  object_statements = [
    {
      Sid      = "ReadSource"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.source_bucket_arn}/${var.source_prefix}*"]
    },
    {
      Sid      = "ReadAndWriteCheckpoints"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
      Resource = ["${local.checkpoint_bucket_arn}/${local.checkpoint_directory}*"]
    },
    # The record of refused objects and the partial checkpoints of a backfill; never a checkpoint.
    {
      Sid    = "DeleteOwnNotes"
      Effect = "Allow"
      Action = ["s3:DeleteObject"]
      Resource = [
        "${local.checkpoint_bucket_arn}/${local.checkpoint_directory}_refused/*",
        "${local.checkpoint_bucket_arn}/${local.checkpoint_directory}_backfill/*",
      ]
    },
  ]

  observability_statements = [
    {
      Sid      = "WriteOwnLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}:*"]
    },
    # X-Ray knows no resources for these.
    {
      Sid      = "WriteTraces"
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = ["*"]
    },
  ]

  queue_statements = [
    for queue in aws_sqs_queue.events : {
      Sid      = "ReceiveEvents"
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
      Resource = [queue.arn]
    }
  ]

  kms_statements = [
    for keys in [distinct(concat(var.bucket_kms_key_arns, var.kms_key_arn == "" ? [] : [var.kms_key_arn]))] : {
      Sid      = "UseKeys"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = keys
    } if length(keys) > 0
  ]
}

resource "aws_iam_role" "function" {
  name                 = var.function_name
  description          = "What the function ${var.function_name} may do"
  permissions_boundary = local.permissions_boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })

  tags = local.tags
}

resource "aws_iam_role_policy" "function" {
  name = "event-log-checkpoint"
  role = aws_iam_role.function.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      local.list_statements,
      local.object_statements,
      local.observability_statements,
      local.queue_statements,
      local.kms_statements,
    )
  })
}

# Network interfaces can only be described with `*`, so this is left to AWS's own policy.
resource "aws_iam_role_policy_attachment" "vpc" {
  count = length(var.vpc_subnet_ids) > 0 ? 1 : 0

  role       = aws_iam_role.function.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}
