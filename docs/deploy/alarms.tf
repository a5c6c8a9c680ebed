# Alarms look at single metrics: they know no SEARCH. So the function's own metrics are taken with the
# dimension `service` alone, which it emits beside those by study and datatype.

locals {
  alarm_actions = var.alarm_sns_topic_arn == "" ? [] : [var.alarm_sns_topic_arn]

  function_alarms = {
    errors = {
      description = "An invocation failed: see the log for its request id."
      metric      = "Errors"
      statistic   = "Sum"
      threshold   = 0
    }
    duration = {
      description = "An invocation took more than 10 minutes, or than 80 % of what it may: it will soon not reach its end."
      metric      = "Duration"
      statistic   = "Maximum"
      threshold   = min(600000, 800 * var.lambda_timeout)
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each = local.function_alarms

  alarm_name          = "${var.function_name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = aws_lambda_function.event_log_checkpoint.function_name }
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "save_failures" {
  alarm_name          = "${var.function_name}-save-failures"
  alarm_description   = "A checkpoint or the state could not be read or written, or a run could do nothing. What else there is goes on; the log says which and why."
  namespace           = var.metrics_namespace
  metric_name         = "CheckpointSaveFailures"
  dimensions          = { service = var.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  tags                = local.tags
}

# A run over the whole source that reaches its end says what is left to do; those that notifications cause do
# not.
resource "aws_cloudwatch_metric_alarm" "no_success" {
  count = var.success_alarm_hours > 0 ? 1 : 0

  alarm_name          = "${var.function_name}-no-success"
  alarm_description   = "No run over the whole source has come to its end for ${var.success_alarm_hours} hours."
  namespace           = var.metrics_namespace
  metric_name         = "Backlog"
  dimensions          = { service = var.function_name }
  statistic           = "SampleCount"
  period              = 3600
  evaluation_periods  = var.success_alarm_hours
  datapoints_to_alarm = var.success_alarm_hours
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  count = var.enable_event_queue ? 1 : 0

  alarm_name          = "${var.function_name}-dead-letters"
  alarm_description   = "Messages lie in the dead-letter queue. The scheduled run reads their objects all the same; see why they failed."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters[0].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
  tags                = local.tags
}

locals {
  alarms = concat(
    values(aws_cloudwatch_metric_alarm.function),
    [aws_cloudwatch_metric_alarm.save_failures],
    aws_cloudwatch_metric_alarm.no_success,
    aws_cloudwatch_metric_alarm.dead_letters,
  )
}
