# S3 tells the queue of new objects, the queue gives them to the function in batches. What fails comes
# back alone (ReportBatchItemFailures), and after queue_max_receive_count times goes aside.

locals {
  queue_visibility_timeout = (
    var.queue_visibility_timeout_seconds > 0 ? var.queue_visibility_timeout_seconds : 6 * var.lambda_timeout
  )
}

resource "aws_sqs_queue" "dead_letters" {
  count = var.enable_event_queue ? 1 : 0

  name                      = "${var.function_name}-dead-letters"
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = var.kms_key_arn == "" ? true : null
  kms_master_key_id         = local.kms_key_arn
  tags                      = local.tags
}

resource "aws_sqs_queue" "events" {
  count = var.enable_event_queue ? 1 : 0

  name                       = "${var.function_name}-events"
  visibility_timeout_seconds = local.queue_visibility_timeout
  message_retention_seconds  = 4 * 24 * 60 * 60
  sqs_managed_sse_enabled    = var.kms_key_arn == "" ? true : null
  kms_master_key_id          = local.kms_key_arn
  tags                       = local.tags

  lifecycle {
    precondition {
      condition     = local.queue_visibility_timeout >= var.lambda_timeout
      error_message = "queue_visibility_timeout_seconds must be at least lambda_timeout, or a message is delivered again while it is being worked on."
    }
  }
}

resource "aws_sqs_queue_redrive_policy" "events" {
  count = var.enable_event_queue ? 1 : 0

  queue_url = aws_sqs_queue.events[0].id
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters[0].arn
    maxReceiveCount     = var.queue_max_receive_count
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  count = var.enable_event_queue ? 1 : 0

  queue_url = aws_sqs_queue.dead_letters[0].id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events[0].arn]
  })
}

resource "aws_sqs_queue_policy" "events" {
  count = var.enable_event_queue ? 1 : 0

  queue_url = aws_sqs_queue.events[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "NotificationsOfTheSource"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.events[0].arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = local.source_bucket_arn }
          StringEquals = { "aws:SourceAccount" = local.account_id }
        }
      },
      {
        Sid       = "OnlyEncrypted"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = aws_sqs_queue.events[0].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_s3_bucket_notification" "events" {
  count = var.enable_event_queue && var.create_bucket_notification ? 1 : 0

  bucket = var.source_bucket

  queue {
    id            = "${var.function_name}-events"
    queue_arn     = aws_sqs_queue.events[0].arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = var.source_prefix == "" ? null : var.source_prefix
    filter_suffix = ".json"
  }

  # S3 sends a test message, and refuses a queue that does not let it.
  depends_on = [aws_sqs_queue_policy.events]
}

resource "aws_lambda_event_source_mapping" "events" {
  count = var.enable_event_queue ? 1 : 0

  event_source_arn                   = aws_sqs_queue.events[0].arn
  function_name                      = aws_lambda_alias.environment.arn
  batch_size                         = var.queue_batch_size
  maximum_batching_window_in_seconds = var.queue_batching_window_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.queue_maximum_concurrency
  }

  lifecycle {
    precondition {
      condition     = var.queue_batch_size <= 10 || var.queue_batching_window_seconds >= 1
      error_message = "A queue_batch_size above 10 needs a queue_batching_window_seconds of at least 1."
    }
  }

  # Lambda refuses a mapping whose role may not receive, and messages must not come before they can go aside.
  depends_on = [aws_iam_role_policy.function, aws_sqs_queue_redrive_policy.events]
}
