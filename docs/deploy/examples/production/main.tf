# Pinned: layers that another pipeline published, a version that the alias is held at, notifications.

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

  environment = "prod"

  use_external_layer_arns = true
  external_layer_arns     = var.external_layer_arns

  schedule_expression = "rate(15 minutes)"
  alias_version       = var.alias_version
  alarm_sns_topic_arn = var.alarm_sns_topic_arn
  log_retention_days  = 365

  # One for the schedule, and one for a person who invokes the function by hand.
  reserved_concurrency = 2

  tags = { Team = "data-platform" }
}
