# Each optional part, on.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  source_bucket     = "an-event-log"
  checkpoint_bucket = "some-checkpoints"
  package_directory = "./tests/packages"
}

run "schedule" {
  variables {
    schedule_expression = "rate(15 minutes)"
  }
  assert {
    condition     = aws_cloudwatch_event_rule.schedule[0].schedule_expression == "rate(15 minutes)"
    error_message = "the rule"
  }
  assert {
    condition     = aws_cloudwatch_event_target.schedule[0].arn == aws_lambda_alias.environment.arn && aws_lambda_permission.schedule[0].qualifier == "dev"
    error_message = "the schedule invokes the alias, and may"
  }
  assert {
    condition     = output.schedule_rule_name == "event-log-checkpoint-schedule"
    error_message = "the output"
  }
}

run "event_queue" {
  variables {
    enable_event_queue = true
    source_prefix      = "log_files/"
  }
  assert {
    condition     = aws_sqs_queue.events[0].visibility_timeout_seconds == 5400 && aws_sqs_queue.events[0].sqs_managed_sse_enabled
    error_message = "six times the timeout, encrypted"
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_policy.events[0].redrive_policy).maxReceiveCount == 5 && aws_sqs_queue.dead_letters[0].message_retention_seconds == 1209600
    error_message = "dead letters"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.events[0].function_response_types == toset(["ReportBatchItemFailures"]) && aws_lambda_event_source_mapping.events[0].scaling_config[0].maximum_concurrency == 2 && aws_lambda_event_source_mapping.events[0].batch_size == 1000
    error_message = "the mapping"
  }
  assert {
    condition     = aws_lambda_event_source_mapping.events[0].function_name == aws_lambda_alias.environment.arn
    error_message = "the queue invokes the alias"
  }
  assert {
    condition     = aws_s3_bucket_notification.events[0].queue[0].filter_prefix == "log_files/" && aws_s3_bucket_notification.events[0].queue[0].filter_suffix == ".json" && aws_s3_bucket_notification.events[0].queue[0].events == toset(["s3:ObjectCreated:*"])
    error_message = "only what was created under the prefix"
  }
  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement if statement.Sid == "ReceiveEvents"]) == 1
    error_message = "the function may receive"
  }
  assert {
    condition     = contains(output.alarm_names, "event-log-checkpoint-dead-letters")
    error_message = "dead letters set off an alarm"
  }
  assert {
    condition     = output.queue_url != null && output.queue_arn != null && output.dead_letter_queue_url != null
    error_message = "the outputs"
  }
}

run "event_queue_with_the_bucket_notifications_of_others" {
  variables {
    enable_event_queue         = true
    create_bucket_notification = false
  }
  assert {
    condition     = length(aws_s3_bucket_notification.events) == 0 && length(aws_sqs_queue.events) == 1
    error_message = "the queue without the bucket's notifications"
  }
}

run "lifecycle" {
  variables {
    source_prefix = "log_files/"
    source_lifecycle = {
      archive_after_days                 = 90
      expire_after_days                  = 3650
      abort_uploads_in_checkpoint_bucket = true
    }
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.source[0].rule[0].filter[0].and[0].prefix == "log_files/log-"
    error_message = "only event objects"
  }
  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.source[0].rule[0].transition).days == 90 && one(aws_s3_bucket_lifecycle_configuration.source[0].rule[0].transition).storage_class == "DEEP_ARCHIVE" && aws_s3_bucket_lifecycle_configuration.source[0].rule[0].expiration[0].days == 3650
    error_message = "archived and expired"
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.source[0].rule[1].abort_incomplete_multipart_upload[0].days_after_initiation == 7
    error_message = "uploads are aborted after a week"
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.checkpoints[0].bucket == "some-checkpoints"
    error_message = "in the checkpoint bucket, too"
  }
}

run "lifecycle_of_one_bucket" {
  variables {
    checkpoint_bucket = "an-event-log"
    source_lifecycle  = { abort_uploads_in_checkpoint_bucket = true }
  }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.source) == 1 && length(aws_s3_bucket_lifecycle_configuration.source[0].rule) == 1 && length(aws_s3_bucket_lifecycle_configuration.checkpoints) == 0
    error_message = "a bucket has one configuration"
  }
}

run "glue_without_partitions" {
  variables {
    enable_glue = true
  }
  assert {
    condition     = aws_glue_catalog_database.checkpoints[0].name == "event_log_checkpoint" && output.glue_table == "event_log_checkpoint.events"
    error_message = "the names"
  }
  assert {
    condition     = aws_glue_catalog_table.events[0].storage_descriptor[0].location == "s3://some-checkpoints/checkpoints/" && length(aws_glue_catalog_table.events[0].partition_keys) == 0
    error_message = "one file, no partitions"
  }
  assert {
    condition     = length(aws_glue_catalog_table.events[0].storage_descriptor[0].columns) == 16
    error_message = "sixteen columns"
  }
}

run "glue_with_partitions" {
  variables {
    enable_glue    = true
    glue_studies   = ["adrc", "dvcid"]
    checkpoint_key = "checkpoints/study={study}/datatype={datatype}/{year}/events.parquet"
  }
  assert {
    condition     = aws_glue_catalog_table.events[0].partition_keys[*].name == tolist(["study", "datatype", "year"]) && aws_glue_catalog_table.events[0].partition_keys[*].type == tolist(["string", "string", "int"])
    error_message = "the partitions"
  }
  assert {
    condition     = length(setintersection(aws_glue_catalog_table.events[0].storage_descriptor[0].columns[*].name, ["study", "datatype", "year"])) == 0
    error_message = "no name twice"
  }
  assert {
    condition     = aws_glue_catalog_table.events[0].parameters["storage.location.template"] == "s3://some-checkpoints/checkpoints/study=$${study}/datatype=$${datatype}/$${year}/"
    error_message = "where partitions lie"
  }
  assert {
    condition     = aws_glue_catalog_table.events[0].parameters["projection.study.values"] == "adrc,dvcid" && aws_glue_catalog_table.events[0].parameters["projection.datatype.type"] == "enum" && aws_glue_catalog_table.events[0].parameters["projection.year.type"] == "integer" && aws_glue_catalog_table.events[0].parameters["projection.enabled"] == "true"
    error_message = "the projection"
  }
}

run "glue_with_placeholders_in_the_name_only" {
  variables {
    enable_glue    = true
    checkpoint_key = "checkpoints/{study}-{datatype}.parquet"
  }
  assert {
    condition     = length(aws_glue_catalog_table.events[0].partition_keys) == 0 && aws_glue_catalog_table.events[0].storage_descriptor[0].location == "s3://some-checkpoints/checkpoints/"
    error_message = "files of one directory are one table"
  }
}

run "backfill" {
  variables {
    enable_backfill = true
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.backfill[0].definition).States.Read.ItemProcessor.ProcessorConfig.Mode == "DISTRIBUTED" && jsondecode(aws_sfn_state_machine.backfill[0].definition).States.Read.MaxConcurrency == 20 && jsondecode(aws_sfn_state_machine.backfill[0].definition).States.Read.ToleratedFailurePercentage == 5
    error_message = "the map"
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.backfill[0].definition).States.Plan.Parameters.Payload.batchSize == 5000
    error_message = "the size of a batch"
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.backfill[0].policy).Statement : statement.Sid if contains(statement.Resource, "*")] == ["WriteTraces"]
    error_message = "only X-Ray has no resource"
  }
  assert {
    condition     = output.backfill_state_machine_arn != null
    error_message = "the output"
  }
}

run "backfill_beside_the_schedule" {
  variables {
    enable_backfill      = true
    reserved_concurrency = 5
    lambda_timeout       = 300
    source_lifecycle     = { expire_after_days = 30, prefix = "log_files/" }
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.backfill[0].definition).States.Read.MaxConcurrency == 4
    error_message = "one invocation is left to the schedule"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.function["duration"].threshold == 240000
    error_message = "the alarm comes before the timeout"
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.source[0].rule[0].filter[0].and[0].prefix == "log_files/"
    error_message = "the keys that expire"
  }
}

run "vpc_keys_boundary_and_topic" {
  variables {
    environment              = "prod"
    function_name            = "events-prod"
    architecture             = "arm64"
    vpc_subnet_ids           = ["subnet-1", "subnet-2"]
    vpc_security_group_ids   = ["sg-1"]
    kms_key_arn              = "arn:aws:kms:eu-central-1:123456789012:key/own"
    bucket_kms_key_arns      = ["arn:aws:kms:eu-central-1:123456789012:key/buckets", "arn:aws:kms:eu-central-1:123456789012:key/own"]
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    alarm_sns_topic_arn      = "arn:aws:sns:eu-central-1:123456789012:operators"
    reserved_concurrency     = 5
    success_alarm_hours      = 0
    alias_version            = "6"
    tags                     = { Team = "data", ManagedBy = "a pipeline" }
    enable_event_queue       = true
    enable_backfill          = true
  }
  assert {
    condition     = one(aws_lambda_function.event_log_checkpoint.vpc_config).subnet_ids == toset(["subnet-1", "subnet-2"]) && length(aws_iam_role_policy_attachment.vpc) == 1
    error_message = "the VPC"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.kms_key_arn == var.kms_key_arn && aws_cloudwatch_log_group.function.kms_key_id == var.kms_key_arn && aws_sqs_queue.events[0].kms_master_key_id == var.kms_key_arn
    error_message = "the key"
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if statement.Sid == "UseKeys"] == [["arn:aws:kms:eu-central-1:123456789012:key/buckets", "arn:aws:kms:eu-central-1:123456789012:key/own"]]
    error_message = "the keys that the function may use"
  }
  assert {
    condition     = aws_iam_role.function.permissions_boundary == var.permissions_boundary_arn && aws_iam_role.backfill[0].permissions_boundary == var.permissions_boundary_arn
    error_message = "the boundary"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.save_failures.alarm_actions == toset([var.alarm_sns_topic_arn]) && aws_cloudwatch_metric_alarm.dead_letters[0].alarm_actions == toset([var.alarm_sns_topic_arn])
    error_message = "the alarms notify"
  }
  assert {
    condition     = length(aws_cloudwatch_metric_alarm.no_success) == 0
    error_message = "the alarm for a day without success can be left out"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.reserved_concurrent_executions == 5 && aws_lambda_function.event_log_checkpoint.architectures == tolist(["arm64"])
    error_message = "concurrency and architecture"
  }
  assert {
    condition     = aws_lambda_alias.environment.function_version == "6" && aws_lambda_alias.environment.name == "prod"
    error_message = "the alias is held"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.tags["Team"] == "data" && aws_lambda_function.event_log_checkpoint.tags["ManagedBy"] == "a pipeline" && aws_lambda_function.event_log_checkpoint.tags["Environment"] == "prod"
    error_message = "tags are added, and replace ours"
  }
  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/events-prod" && output.environment_variables.POWERTOOLS_SERVICE_NAME == "events-prod"
    error_message = "names follow the function's"
  }
}

run "everything_else_that_the_function_is_told" {
  variables {
    source_prefix           = "log_files/"
    compression             = "gzip"
    overlap_minutes         = 30
    concurrency             = 16
    unknown_fields          = "ignore"
    deadline_margin_seconds = 20
    metrics_namespace       = "Events"
    log_level               = "DEBUG"
    checkpoint_key          = "{study}/{datatype}.parquet"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.environment[0].variables["COMPRESSION"] == "gzip" && aws_lambda_function.event_log_checkpoint.environment[0].variables["OVERLAP_MINUTES"] == "30" && aws_lambda_function.event_log_checkpoint.environment[0].variables["CONCURRENCY"] == "16" && aws_lambda_function.event_log_checkpoint.environment[0].variables["UNKNOWN_FIELDS"] == "ignore" && aws_lambda_function.event_log_checkpoint.environment[0].variables["DEADLINE_MARGIN_SECONDS"] == "20" && aws_lambda_function.event_log_checkpoint.environment[0].variables["LOG_LEVEL"] == "DEBUG" && aws_lambda_function.event_log_checkpoint.environment[0].variables["SOURCE_PREFIX"] == "log_files/"
    error_message = "the environment"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.save_failures.namespace == "Events" && aws_lambda_function.event_log_checkpoint.environment[0].variables["POWERTOOLS_METRICS_NAMESPACE"] == "Events"
    error_message = "the namespace"
  }
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Resource if statement.Sid == "ReadAndWriteCheckpoints"] == [["arn:aws:s3:::some-checkpoints/*"]]
    error_message = "a key that begins with a placeholder has the whole bucket as its directory"
  }
}

run "permissions" {
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement.Sid if contains(statement.Resource, "*")] == ["WriteTraces"]
    error_message = "only X-Ray has no resource"
  }
  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement if length(regexall("[*]", join("", statement.Action))) > 0]) == 0
    error_message = "no action is a pattern"
  }
  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.function.policy).Statement : statement if contains(["ReceiveEvents", "UseKeys"], statement.Sid)]) == 0
    error_message = "nothing for the queue and for keys where there are none"
  }
}
