data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  account_id = data.aws_caller_identity.current.account_id
  # Not `name`, which version 6 of the provider calls deprecated.
  region = data.aws_region.current.id

  tags = merge({
    Application = "event-log-checkpoint"
    Environment = var.environment
    ManagedBy   = "terraform"
  }, var.tags)

  source_bucket_arn     = "arn:${local.partition}:s3:::${var.source_bucket}"
  checkpoint_bucket_arn = "arn:${local.partition}:s3:::${var.checkpoint_bucket}"

  # The directory that is the literal beginning of the key: checkpoints, state and reports lie there.
  checkpoint_directory = try(regex("^[^{]*/", var.checkpoint_key), "")

  permissions_boundary = var.permissions_boundary_arn == "" ? null : var.permissions_boundary_arn
  kms_key_arn          = var.kms_key_arn == "" ? null : var.kms_key_arn
}
