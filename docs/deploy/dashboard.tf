locals {
  # Rows of widgets: the title, and the metrics of each as CloudWatch writes them.
  dashboard_metrics = concat(
    [
      {
        title = "Invocations and errors"
        stat  = "Sum"
        metrics = [
          ["AWS/Lambda", "Invocations", "FunctionName", var.function_name],
          ["AWS/Lambda", "Errors", "FunctionName", var.function_name],
          ["AWS/Lambda", "Throttles", "FunctionName", var.function_name],
        ]
      },
      {
        title   = "Duration (ms)"
        stat    = "Maximum"
        metrics = [["AWS/Lambda", "Duration", "FunctionName", var.function_name], ["...", { stat = "Average" }]]
      },
      {
        title = "Checkpoints"
        stat  = "Sum"
        metrics = [
          [var.metrics_namespace, "CheckpointsSaved", "service", var.function_name],
          [var.metrics_namespace, "CheckpointSaveFailures", "service", var.function_name],
        ]
      },
      {
        title = "Objects and refusals"
        stat  = "Sum"
        metrics = [
          [var.metrics_namespace, "ObjectsListed", "service", var.function_name],
          [var.metrics_namespace, "ObjectsFetched", "service", var.function_name],
          [var.metrics_namespace, "EventsFiltered", "service", var.function_name],
          [var.metrics_namespace, "EventsRefused", "service", var.function_name],
        ]
      },
      {
        title   = "Objects that remain"
        stat    = "Maximum"
        metrics = [[var.metrics_namespace, "Backlog", "service", var.function_name]]
      },
      {
        title = "Events by study and datatype"
        stat  = "Sum"
        metrics = [[{
          expression = "SEARCH('{${var.metrics_namespace},Study,Datatype,service} MetricName=\"EventsProcessedByStudyDatatype\" service=\"${var.function_name}\"', 'Sum', 300)"
          label      = "$${PROP('Dim.Study')} $${PROP('Dim.Datatype')}"
        }]]
      },
    ],
    [
      for queue in aws_sqs_queue.events : {
        title = "Queue"
        stat  = "Maximum"
        metrics = [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name],
          ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name, { yAxis = "right" }],
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letters[0].name],
        ]
      }
    ]
  )
}

resource "aws_cloudwatch_dashboard" "function" {
  dashboard_name = var.function_name

  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, widget in local.dashboard_metrics : {
          type   = "metric"
          x      = index % 2 * 12
          y      = floor(index / 2) * 6
          width  = 12
          height = 6
          properties = {
            title   = widget.title
            region  = local.region
            view    = "timeSeries"
            stat    = widget.stat
            period  = 300
            metrics = widget.metrics
          }
        }
      ],
      [
        {
          type   = "log"
          x      = 0
          y      = ceil(length(local.dashboard_metrics) / 2) * 6
          width  = 24
          height = 6
          properties = {
            title  = "Warnings and errors"
            region = local.region
            view   = "table"
            query  = "SOURCE '${local.log_group_name}' | fields @timestamp, level, message, function_request_id | filter level in ['WARNING', 'ERROR', 'CRITICAL'] | sort @timestamp desc | limit 50"
          }
        },
      ]
    )
  })
}
