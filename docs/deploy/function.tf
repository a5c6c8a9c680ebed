resource "aws_lambda_function" "event_log_checkpoint" {
  function_name = var.function_name
  description   = "Keeps Parquet checkpoints of the event log in ${var.source_bucket} up to date"
  role          = aws_iam_role.function.arn

  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = local.function_package
  source_code_hash = local.function_hash
  layers           = compact([lookup(local.layer_arns, "swift-runtime", null), lookup(local.layer_arns, "codecs", null)])
  publish          = true

  timeout                        = var.lambda_timeout
  memory_size                    = var.lambda_memory_size
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = local.kms_key_arn

  environment {
    variables = local.environment_variables
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = length(var.vpc_subnet_ids) > 0 ? [1] : []
    content {
      subnet_ids         = var.vpc_subnet_ids
      security_group_ids = var.vpc_security_group_ids
    }
  }

  tags = local.tags

  # Otherwise the first invocation could make the log group, without retention, or find no permission.
  depends_on = [
    aws_cloudwatch_log_group.function,
    aws_iam_role_policy.function,
    aws_iam_role_policy_attachment.vpc,
  ]

  lifecycle {
    precondition {
      condition     = fileexists(local.function_package)
      error_message = "There is no ${local.function_package}. Run `make lambda`, or set package_directory to where its zips are."
    }
    precondition {
      condition     = !var.use_external_layer_arns || length(var.external_layer_arns) == 2
      error_message = "use_external_layer_arns needs two ARNs in external_layer_arns: the Swift runtime's layer version, then the codecs'."
    }
    precondition {
      condition     = !(var.use_external_layer_arns && var.package == "static")
      error_message = "The static package has no layers: set package to layered, or use_external_layer_arns to false."
    }
    precondition {
      condition     = !(var.use_external_layer_arns && var.force_layer_update)
      error_message = "force_layer_update publishes layers, and use_external_layer_arns publishes none: set one of them to false."
    }
    precondition {
      condition     = var.deadline_margin_seconds < var.lambda_timeout
      error_message = "deadline_margin_seconds must be less than lambda_timeout, or an invocation has no time to work in."
    }
    precondition {
      condition     = length(var.vpc_subnet_ids) == 0 || length(var.vpc_security_group_ids) > 0
      error_message = "A function in a VPC needs a security group: give vpc_security_group_ids."
    }
    precondition {
      condition     = !var.enable_event_queue || var.reserved_concurrency <= 0 || var.reserved_concurrency > var.queue_maximum_concurrency
      error_message = "reserved_concurrency must be greater than queue_maximum_concurrency, or the queue leaves no invocation to the schedule."
    }
    precondition {
      condition     = var.source_bucket != var.checkpoint_bucket || var.source_prefix == "" || !startswith(var.source_prefix, local.checkpoint_directory) || local.checkpoint_directory == ""
      error_message = "source_prefix must not lie within the directory of the checkpoints."
    }
  }
}

locals {
  environment_variables = {
    SOURCE_BUCKET                = var.source_bucket
    SOURCE_PREFIX                = var.source_prefix
    CHECKPOINT_BUCKET            = var.checkpoint_bucket
    CHECKPOINT_KEY               = var.checkpoint_key
    ENVIRONMENT                  = var.environment
    LOG_LEVEL                    = var.log_level
    COMPRESSION                  = var.compression
    OVERLAP_MINUTES              = tostring(var.overlap_minutes)
    CONCURRENCY                  = tostring(var.concurrency)
    UNKNOWN_FIELDS               = var.unknown_fields
    DEADLINE_MARGIN_SECONDS      = tostring(var.deadline_margin_seconds)
    POWERTOOLS_SERVICE_NAME      = var.function_name
    POWERTOOLS_METRICS_NAMESPACE = var.metrics_namespace
  }
}

# What invokes the function, invokes it through the alias, so that moving the alias back is a rollback.
resource "aws_lambda_alias" "environment" {
  name             = var.environment
  description      = var.alias_version == "" ? "The newest version" : "Held at version ${var.alias_version}"
  function_name    = aws_lambda_function.event_log_checkpoint.function_name
  function_version = var.alias_version == "" ? aws_lambda_function.event_log_checkpoint.version : var.alias_version
}
