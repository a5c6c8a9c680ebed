# A bucket has one lifecycle configuration: this one takes the place of what was there.

locals {
  archives_events = try(var.source_lifecycle.archive_after_days, null) != null
  expires_events  = try(var.source_lifecycle.expire_after_days, null) != null
  aborts_uploads  = try(var.source_lifecycle.abort_uploads_after_days, null) != null

  lifecycle_prefix = try(var.source_lifecycle.prefix, null) == null ? "${var.source_prefix}log-" : var.source_lifecycle.prefix

  # The abort rule of a bucket that is both goes with the source's.
  aborts_checkpoint_uploads = (
    local.aborts_uploads && var.source_bucket != var.checkpoint_bucket &&
    try(var.source_lifecycle.abort_uploads_in_checkpoint_bucket, false)
  )
}

resource "aws_s3_bucket_lifecycle_configuration" "source" {
  count = local.archives_events || local.expires_events || local.aborts_uploads ? 1 : 0

  bucket = var.source_bucket

  dynamic "rule" {
    for_each = local.archives_events || local.expires_events ? [1] : []
    content {
      id     = "event-objects"
      status = "Enabled"

      filter {
        and {
          # So that no checkpoint expires with the events.
          prefix = local.lifecycle_prefix
          # S3 archives nothing below 128 KiB unless a rule says how small an object may be.
          object_size_greater_than = 1
        }
      }

      dynamic "transition" {
        for_each = local.archives_events ? [1] : []
        content {
          days          = var.source_lifecycle.archive_after_days
          storage_class = var.source_lifecycle.archive_storage_class
        }
      }

      dynamic "expiration" {
        for_each = local.expires_events ? [1] : []
        content {
          days = var.source_lifecycle.expire_after_days
        }
      }
    }
  }

  dynamic "rule" {
    for_each = local.aborts_uploads ? [1] : []
    content {
      id     = "uploads-broken-off"
      status = "Enabled"

      filter {
        prefix = ""
      }

      abort_incomplete_multipart_upload {
        days_after_initiation = var.source_lifecycle.abort_uploads_after_days
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.source_bucket != var.checkpoint_bucket || !(local.archives_events || local.expires_events) || !startswith("${local.checkpoint_directory}_state.json", local.lifecycle_prefix) && !startswith(var.checkpoint_key, local.lifecycle_prefix)
      error_message = "The checkpoints' keys begin with ${local.lifecycle_prefix}, as the events' do: source_lifecycle would archive or expire them. Give the checkpoints another directory or bucket."
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "checkpoints" {
  count = local.aborts_checkpoint_uploads ? 1 : 0

  bucket = var.checkpoint_bucket

  rule {
    id     = "uploads-broken-off"
    status = "Enabled"

    filter {
      prefix = local.checkpoint_directory
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = var.source_lifecycle.abort_uploads_after_days
    }
  }
}
