resource "aws_cloudwatch_event_rule" "schedule" {
  count = var.schedule_expression == "" ? 0 : 1

  name                = "${var.function_name}-schedule"
  description         = "Runs ${var.function_name}"
  schedule_expression = var.schedule_expression
  tags                = local.tags
}

resource "aws_cloudwatch_event_target" "schedule" {
  count = length(aws_cloudwatch_event_rule.schedule)

  rule      = aws_cloudwatch_event_rule.schedule[0].name
  target_id = "function"
  arn       = aws_lambda_alias.environment.arn
}

resource "aws_lambda_permission" "schedule" {
  count = length(aws_cloudwatch_event_rule.schedule)

  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.event_log_checkpoint.function_name
  qualifier     = aws_lambda_alias.environment.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.schedule[0].arn
}
