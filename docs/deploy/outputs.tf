output "function_arn" {
  description = "ARN of the function, without a version."
  value       = aws_lambda_function.event_log_checkpoint.arn
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.event_log_checkpoint.function_name
}

output "function_version" {
  description = "Version that was published last."
  value       = aws_lambda_function.event_log_checkpoint.version
}

output "function_qualified_arn" {
  description = "ARN of the version that was published last."
  value       = aws_lambda_function.event_log_checkpoint.qualified_arn
}

output "function_invoke_arn" {
  description = "ARN by which API Gateway would invoke the alias."
  value       = aws_lambda_alias.environment.invoke_arn
}

output "alias_name" {
  description = "Name of the alias that everything invokes."
  value       = aws_lambda_alias.environment.name
}

output "alias_arn" {
  description = "ARN of the alias."
  value       = aws_lambda_alias.environment.arn
}

output "alias_version" {
  description = "Version that the alias points at."
  value       = aws_lambda_alias.environment.function_version
}

output "layer_strategy" {
  description = "How the layers were come by: reuse, external, force, publish, or none (static package)."
  value       = local.layer_strategy
}

output "swift_runtime_layer_arn" {
  description = "Layer version of the Swift runtime that the function uses; null with the static package."
  value       = try(local.layer_arns["swift-runtime"], null)
}

output "codecs_layer_arn" {
  description = "Layer version of the codecs that the function uses; null with the static package."
  value       = try(local.layer_arns["codecs"], null)
}

output "swift_runtime_layer_version" {
  description = "Version of the Swift runtime's layer; null where this stack did not publish it."
  value       = try(aws_lambda_layer_version.layer["swift-runtime"].version, null)
}

output "codecs_layer_version" {
  description = "Version of the codecs' layer; null where this stack did not publish it."
  value       = try(aws_lambda_layer_version.layer["codecs"].version, null)
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.function.arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.function.name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.function.name
}

output "log_group_arn" {
  description = "ARN of the function's log group."
  value       = aws_cloudwatch_log_group.function.arn
}

output "alarm_names" {
  description = "Names of the alarms."
  value       = sort([for alarm in local.alarms : alarm.alarm_name])
}

output "alarm_arns" {
  description = "ARNs of the alarms, by name."
  value       = { for alarm in local.alarms : alarm.alarm_name => alarm.arn }
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.function.dashboard_name
}

output "dashboard_url" {
  description = "Where the dashboard is to be seen."
  value       = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards/dashboard/${aws_cloudwatch_dashboard.function.dashboard_name}"
}

output "schedule_rule_name" {
  description = "Name of the rule that runs the function; null without a schedule."
  value       = try(aws_cloudwatch_event_rule.schedule[0].name, null)
}

output "queue_url" {
  description = "URL of the queue of S3's notifications; null without it."
  value       = try(aws_sqs_queue.events[0].url, null)
}

output "queue_arn" {
  description = "ARN of the queue of S3's notifications; null without it."
  value       = try(aws_sqs_queue.events[0].arn, null)
}

output "dead_letter_queue_url" {
  description = "URL of the queue of messages that failed for good; null without the queue."
  value       = try(aws_sqs_queue.dead_letters[0].url, null)
}

output "glue_table" {
  description = "Table for Athena, as database.table; null without it."
  value       = try("${aws_glue_catalog_database.checkpoints[0].name}.${aws_glue_catalog_table.events[0].name}", null)
}

output "backfill_state_machine_arn" {
  description = "ARN of the backfill's state machine; null without it."
  value       = try(aws_sfn_state_machine.backfill[0].arn, null)
}

output "environment_variables" {
  description = "The function's environment."
  value       = local.environment_variables
}

output "configuration" {
  description = "What is deployed, in short."
  value = {
    environment         = var.environment
    region              = local.region
    package             = var.package
    architecture        = var.architecture
    source              = "s3://${var.source_bucket}/${var.source_prefix}"
    checkpoints         = "s3://${var.checkpoint_bucket}/${var.checkpoint_key}"
    timeout_seconds     = var.lambda_timeout
    memory_mb           = var.lambda_memory_size
    log_retention_days  = var.log_retention_days
    layer_strategy      = local.layer_strategy
    schedule            = var.schedule_expression == "" ? null : var.schedule_expression
    event_queue         = var.enable_event_queue
    glue                = var.enable_glue
    backfill            = var.enable_backfill
    alarm_notifications = var.alarm_sns_topic_arn == "" ? null : var.alarm_sns_topic_arn
  }
}
