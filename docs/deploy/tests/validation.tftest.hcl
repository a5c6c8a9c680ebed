# Each variable refuses what cannot work, by its name. A run has one bad value for every variable that
# has as many, and fails unless each of them is refused.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  source_bucket     = "an-event-log"
  checkpoint_bucket = "some-checkpoints"
  package_directory = "./tests/packages"
}


run "refuses_first" {
  command = plan
  variables {
    source_bucket                         = "arn:aws:s3:::an-event-log"
    checkpoint_bucket                     = "s3://some-checkpoints"
    checkpoint_key                        = ""
    environment                           = "production"
    log_level                             = "VERBOSE"
    lambda_timeout                        = 901
    lambda_memory_size                    = 127
    log_retention_days                    = 31
    external_layer_arns                   = ["arn:aws:lambda:eu-central-1:123456789012:layer:swift-runtime:1"]
    alarm_sns_topic_arn                   = "operators"
    function_name                         = "event log"
    package                               = "container"
    architecture                          = "aarch64"
    alias_version                         = "$LATEST"
    reserved_concurrency                  = -2
    layer_name_prefix                     = "event.log"
    layer_record_path                     = "event-log-checkpoint/layers"
    source_prefix                         = "/events/"
    compression                           = "lz4"
    overlap_minutes                       = -1
    concurrency                           = 0
    unknown_fields                        = "warn"
    deadline_margin_seconds               = 0
    metrics_namespace                     = "AWS/Lambda"
    permissions_boundary_arn              = "boundary"
    kms_key_arn                           = "arn:aws:kms:eu-central-1:123456789012:alias/events"
    bucket_kms_key_arns                   = ["0a1b2c3d"]
    schedule_expression                   = "rate(15)"
    queue_batch_size                      = 5001
    queue_batching_window_seconds         = 301
    queue_maximum_concurrency             = 1
    queue_max_receive_count               = 0
    queue_visibility_timeout_seconds      = 43201
    success_alarm_hours                   = 169
    source_lifecycle                      = { archive_after_days = 30, archive_storage_class = "STANDARD_IA" }
    glue_database_name                    = "event-log"
    glue_table_name                       = ""
    glue_studies                          = []
    backfill_batch_size                   = 0
    backfill_max_concurrency              = 1001
    backfill_tolerated_failure_percentage = 101
  }
  expect_failures = [
    var.source_bucket,
    var.checkpoint_bucket,
    var.checkpoint_key,
    var.environment,
    var.log_level,
    var.lambda_timeout,
    var.lambda_memory_size,
    var.log_retention_days,
    var.external_layer_arns,
    var.alarm_sns_topic_arn,
    var.function_name,
    var.package,
    var.architecture,
    var.alias_version,
    var.reserved_concurrency,
    var.layer_name_prefix,
    var.layer_record_path,
    var.source_prefix,
    var.compression,
    var.overlap_minutes,
    var.concurrency,
    var.unknown_fields,
    var.deadline_margin_seconds,
    var.metrics_namespace,
    var.permissions_boundary_arn,
    var.kms_key_arn,
    var.bucket_kms_key_arns,
    var.schedule_expression,
    var.queue_batch_size,
    var.queue_batching_window_seconds,
    var.queue_maximum_concurrency,
    var.queue_max_receive_count,
    var.queue_visibility_timeout_seconds,
    var.success_alarm_hours,
    var.source_lifecycle,
    var.glue_database_name,
    var.glue_table_name,
    var.glue_studies,
    var.backfill_batch_size,
    var.backfill_max_concurrency,
    var.backfill_tolerated_failure_percentage,
  ]
}

run "refuses_second" {
  command = plan
  variables {
    source_bucket       = "An-Event-Log"
    checkpoint_bucket   = ""
    checkpoint_key      = "/checkpoints/events.parquet"
    lambda_timeout      = 0
    lambda_memory_size  = 10241
    external_layer_arns = [for n in [1, 2, 3] : "arn:aws:lambda:eu-central-1:123456789012:layer:layer:${n}"]
    alarm_sns_topic_arn = "arn:aws:sqs:eu-central-1:123456789012:operators"
    function_name       = join("", [for i in range(41) : "f"])
    alias_version       = "0"
    layer_record_path   = "/aws/layers"
    source_prefix       = "events/*"
    schedule_expression = "rate(15 minute)"
    source_lifecycle    = { expire_after_days = 0 }
    glue_studies        = ["adrc,dvcid"]
  }
  expect_failures = [
    var.source_bucket,
    var.checkpoint_bucket,
    var.checkpoint_key,
    var.lambda_timeout,
    var.lambda_memory_size,
    var.external_layer_arns,
    var.alarm_sns_topic_arn,
    var.function_name,
    var.alias_version,
    var.layer_record_path,
    var.source_prefix,
    var.schedule_expression,
    var.source_lifecycle,
    var.glue_studies,
  ]
}

run "refuses_third" {
  command = plan
  variables {
    source_bucket       = "ab"
    checkpoint_key      = "checkpoints/"
    lambda_timeout      = 60.5
    external_layer_arns = [for n in ["swift-runtime", "codecs"] : "arn:aws:lambda:eu-central-1:123456789012:layer:${n}"]
    schedule_expression = "rate(1 hours)"
    source_lifecycle    = { archive_after_days = 90, expire_after_days = 30 }
  }
  expect_failures = [
    var.source_bucket,
    var.checkpoint_key,
    var.lambda_timeout,
    var.external_layer_arns,
    var.schedule_expression,
    var.source_lifecycle,
  ]
}

run "refuses_fourth" {
  command = plan
  variables {
    checkpoint_key      = "checkpoints//events.parquet"
    schedule_expression = "every hour"
  }
  expect_failures = [
    var.checkpoint_key,
    var.schedule_expression,
  ]
}

run "refuses_fifth" {
  command = plan
  variables {
    checkpoint_key = "checkpoints/../events.parquet"
  }
  expect_failures = [
    var.checkpoint_key,
  ]
}

run "refuses_sixth" {
  command = plan
  variables {
    checkpoint_key = "checkpoints/{center}/events.parquet"
  }
  expect_failures = [
    var.checkpoint_key,
  ]
}

run "refuses_seventh" {
  command = plan
  variables {
    checkpoint_key = "checkpoints/{study/events.parquet"
  }
  expect_failures = [
    var.checkpoint_key,
  ]
}

run "refuses_eighth" {
  command = plan
  variables {
    checkpoint_key = "checkpoints/study}/events.parquet"
  }
  expect_failures = [
    var.checkpoint_key,
  ]
}

run "refuses_ninth" {
  command = plan
  variables {
    checkpoint_key = join("", [for i in range(1000) : "k"])
  }
  expect_failures = [
    var.checkpoint_key,
  ]
}

run "accepts_first" {
  command = plan
  variables {
    checkpoint_key      = "checkpoints/study={study}/datatype={datatype}/year={year}/{month}.parquet"
    schedule_expression = "rate(1 hour)"
    source_prefix       = "log_files/2026/"
    lambda_timeout      = 11
    log_retention_days  = 0
    success_alarm_hours = 0
    alarm_sns_topic_arn = "arn:aws-us-gov:sns:us-gov-west-1:123456789012:operators.fifo"
    source_lifecycle    = {}
  }
}

run "accepts_second" {
  command = plan
  variables {
    checkpoint_key      = "events.parquet"
    schedule_expression = "cron(0 6 * * ? *)"
  }
}

# What only together cannot work.

run "missing_package" {
  command = plan
  variables {
    package_directory = "./tests/none"
  }
  expect_failures = [aws_lambda_layer_version.layer]
}

run "missing_static_package" {
  command = plan
  variables {
    package_directory = "./tests/packages-new"
    package           = "static"
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "external_without_arns" {
  command = plan
  variables {
    use_external_layer_arns = true
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "external_and_static" {
  command = plan
  variables {
    use_external_layer_arns = true
    external_layer_arns     = [for n in ["swift-runtime", "codecs"] : "arn:aws:lambda:eu-central-1:123456789012:layer:${n}:1"]
    package                 = "static"
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "external_and_forced" {
  command = plan
  variables {
    use_external_layer_arns = true
    external_layer_arns     = [for n in ["swift-runtime", "codecs"] : "arn:aws:lambda:eu-central-1:123456789012:layer:${n}:1"]
    force_layer_update      = true
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "margin_beyond_timeout" {
  command = plan
  variables {
    lambda_timeout          = 30
    deadline_margin_seconds = 30
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "vpc_without_group" {
  command = plan
  variables {
    vpc_subnet_ids = ["subnet-1"]
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "nothing_left_for_the_schedule" {
  command = plan
  variables {
    enable_event_queue   = true
    reserved_concurrency = 2
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "stopped" {
  command = plan
  variables {
    enable_event_queue   = true
    reserved_concurrency = 0
  }
}

run "checkpoints_would_expire" {
  command = plan
  variables {
    checkpoint_bucket = "an-event-log"
    checkpoint_key    = "log-checkpoints/events.parquet"
    source_lifecycle  = { expire_after_days = 30 }
  }
  expect_failures = [aws_s3_bucket_lifecycle_configuration.source]
}

run "source_within_checkpoints" {
  command = plan
  variables {
    checkpoint_bucket = "an-event-log"
    source_prefix     = "checkpoints/events/"
  }
  expect_failures = [aws_lambda_function.event_log_checkpoint]
}

run "delivered_while_worked_on" {
  command = plan
  variables {
    enable_event_queue               = true
    queue_visibility_timeout_seconds = 30
  }
  expect_failures = [aws_sqs_queue.events]
}

run "batch_without_window" {
  command = plan
  variables {
    enable_event_queue            = true
    queue_batching_window_seconds = 0
  }
  expect_failures = [aws_lambda_event_source_mapping.events]
}
