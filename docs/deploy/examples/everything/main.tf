# Every optional part: queue, schedule, lifecycle, Athena, backfill, one file for each study and datatype.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = var.region
}

# CloudWatch cannot publish to a topic that is encrypted with AWS's own key for SNS, whose policy nobody can
# change.
resource "aws_kms_key" "alarms" {
  description         = "Alarms of ${var.function_name}"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountManagesTheKey"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "AlarmsArePublished"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
    ]
  })
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_sns_topic" "alarms" {
  name              = "${var.function_name}-alarms"
  kms_master_key_id = aws_kms_key.alarms.arn
}

module "event_log_checkpoint" {
  source = "../.."

  source_bucket     = var.source_bucket
  checkpoint_bucket = var.checkpoint_bucket
  package           = var.package
  package_directory = var.package_directory

  environment    = "staging"
  function_name  = var.function_name
  checkpoint_key = "checkpoints/{study}/{datatype}/events.parquet"
  source_prefix  = "events/"

  enable_event_queue            = true
  queue_batching_window_seconds = var.queue_batching_window_seconds
  schedule_expression           = "rate(1 hour)"
  lambda_timeout                = 300

  source_lifecycle = {
    expire_after_days                  = 3650
    abort_uploads_in_checkpoint_bucket = true
  }

  enable_glue  = true
  glue_studies = ["adrc", "dvcid", "leads"]

  enable_backfill          = true
  backfill_batch_size      = var.backfill_batch_size
  backfill_max_concurrency = 4

  alarm_sns_topic_arn = aws_sns_topic.alarms.arn
}
