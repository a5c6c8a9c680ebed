# S3 tells the function of each new object through a queue. The hourly run is the safety net.

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

module "event_log_checkpoint" {
  source = "../.."

  source_bucket     = var.source_bucket
  checkpoint_bucket = var.checkpoint_bucket
  package           = var.package
  package_directory = var.package_directory

  enable_event_queue  = true
  schedule_expression = "rate(1 hour)"

  lambda_timeout                   = var.lambda_timeout
  deadline_margin_seconds          = var.deadline_margin_seconds
  queue_batching_window_seconds    = var.queue_batching_window_seconds
  queue_visibility_timeout_seconds = var.queue_visibility_timeout_seconds
  queue_max_receive_count          = 3
}
