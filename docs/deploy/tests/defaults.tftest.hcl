# What a stack is whose operator names two buckets and nothing else.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  source_bucket     = "an-event-log"
  checkpoint_bucket = "some-checkpoints"
  package_directory = "./tests/packages"
}

run "defaults" {
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.function_name == "event-log-checkpoint"
    error_message = "the function's name"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.runtime == "provided.al2023" && aws_lambda_function.event_log_checkpoint.handler == "bootstrap"
    error_message = "the runtime"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.architectures == tolist(["x86_64"])
    error_message = "the architecture"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.timeout == 900 && aws_lambda_function.event_log_checkpoint.memory_size == 3008
    error_message = "timeout and memory"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.tracing_config[0].mode == "Active"
    error_message = "X-Ray"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.publish
    error_message = "versions are published"
  }
  assert {
    condition     = endswith(aws_lambda_function.event_log_checkpoint.filename, "/bootstrap.zip")
    error_message = "the layered package"
  }
  assert {
    condition     = length(aws_lambda_function.event_log_checkpoint.vpc_config) == 0 && length(aws_iam_role_policy_attachment.vpc) == 0
    error_message = "no VPC"
  }
  assert {
    condition     = aws_lambda_alias.environment.name == "dev"
    error_message = "the alias has the environment's name"
  }
  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/event-log-checkpoint" && aws_cloudwatch_log_group.function.retention_in_days == 30
    error_message = "the log group"
  }
  assert {
    condition = output.environment_variables == {
      SOURCE_BUCKET                = "an-event-log"
      SOURCE_PREFIX                = ""
      CHECKPOINT_BUCKET            = "some-checkpoints"
      CHECKPOINT_KEY               = "checkpoints/events.parquet"
      ENVIRONMENT                  = "dev"
      LOG_LEVEL                    = "INFO"
      COMPRESSION                  = "zstd"
      OVERLAP_MINUTES              = "15"
      CONCURRENCY                  = "256"
      UNKNOWN_FIELDS               = "refuse"
      DEADLINE_MARGIN_SECONDS      = "10"
      POWERTOOLS_SERVICE_NAME      = "event-log-checkpoint"
      POWERTOOLS_METRICS_NAMESPACE = "EventLogCheckpoint"
    }
    error_message = "the function's environment"
  }
  assert {
    condition     = tomap(aws_lambda_function.event_log_checkpoint.environment[0].variables) == tomap(output.environment_variables)
    error_message = "the output says what the function gets"
  }
  assert {
    condition     = output.layer_strategy == "reuse" && toset(keys(aws_lambda_layer_version.layer)) == toset(["swift-runtime", "codecs"])
    error_message = "both layers are published where there is none"
  }
  assert {
    condition = output.alarm_names == tolist([
      "event-log-checkpoint-duration",
      "event-log-checkpoint-errors",
      "event-log-checkpoint-no-success",
      "event-log-checkpoint-save-failures",
    ])
    error_message = "the alarms"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.function["errors"].threshold == 0 && aws_cloudwatch_metric_alarm.function["duration"].threshold == 600000
    error_message = "thresholds: any error, 10 minutes"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.save_failures.metric_name == "CheckpointSaveFailures" && aws_cloudwatch_metric_alarm.save_failures.dimensions == tomap({ service = "event-log-checkpoint" })
    error_message = "the alarm for checkpoints that cannot be saved"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.no_success[0].evaluation_periods * aws_cloudwatch_metric_alarm.no_success[0].period == 86400 && aws_cloudwatch_metric_alarm.no_success[0].treat_missing_data == "breaching"
    error_message = "the alarm for a day without success"
  }
  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.function), [aws_cloudwatch_metric_alarm.save_failures], aws_cloudwatch_metric_alarm.no_success) : length(alarm.alarm_actions) == 0])
    error_message = "no alarm notifies anybody"
  }
  assert {
    condition     = length(aws_cloudwatch_event_rule.schedule) + length(aws_sqs_queue.events) + length(aws_sqs_queue.dead_letters) + length(aws_s3_bucket_notification.events) + length(aws_lambda_event_source_mapping.events) + length(aws_s3_bucket_lifecycle_configuration.source) + length(aws_s3_bucket_lifecycle_configuration.checkpoints) + length(aws_glue_catalog_database.checkpoints) + length(aws_glue_catalog_table.events) + length(aws_sfn_state_machine.backfill) + length(aws_iam_role.backfill) + length(aws_cloudwatch_metric_alarm.dead_letters) == 0
    error_message = "every optional part is off"
  }
  assert {
    condition     = output.queue_url == null && output.queue_arn == null && output.dead_letter_queue_url == null && output.schedule_rule_name == null && output.glue_table == null && output.backfill_state_machine_arn == null
    error_message = "outputs of parts that are off are null"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.tags == tomap({ Application = "event-log-checkpoint", Environment = "dev", ManagedBy = "terraform" })
    error_message = "the tags"
  }
}
