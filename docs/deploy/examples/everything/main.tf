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

resource "aws_sns_topic" "alarms" {
  name              = "${var.function_name}-alarms"
  kms_master_key_id = "alias/aws/sns"
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
