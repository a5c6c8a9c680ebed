# A scheduled function, and nothing that can be left out.

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

  schedule_expression = "rate(15 minutes)"
}
