# What every operator sets. What else can be set is in variables_optional.tf.

variable "source_bucket" {
  description = "Bucket with the event objects (log-*.json). It must exist; nothing here makes or removes it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.source_bucket))
    error_message = "source_bucket must be the name of a bucket (3 to 63 of a-z, 0-9, '.' and '-'), not an ARN or a URL."
  }
}

variable "checkpoint_bucket" {
  description = "Bucket for the checkpoints and the state beside them; may be the source bucket. It must exist."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.checkpoint_bucket))
    error_message = "checkpoint_bucket must be the name of a bucket (3 to 63 of a-z, 0-9, '.' and '-'), not an ARN or a URL."
  }
}

variable "checkpoint_key" {
  description = "Key of the checkpoint. It may hold {study}, {datatype}, {year} and {month}: then there is one file for each combination of their values."
  type        = string
  default     = "checkpoints/events.parquet"

  validation {
    condition     = length(var.checkpoint_key) <= 900 && alltrue([for part in split("/", var.checkpoint_key) : !contains(["", ".", ".."], part)])
    error_message = "checkpoint_key must have 1 to 900 characters, must neither begin nor end with '/', and must have no empty, '.' or '..' segment."
  }

  validation {
    condition     = can(regex("^([^{}]|\\{(study|datatype|year|month)\\})*$", var.checkpoint_key))
    error_message = "checkpoint_key may hold the placeholders {study}, {datatype}, {year} and {month}, and no other brace."
  }
}

variable "environment" {
  description = "Name of the environment: that of the function's alias, and a tag."
  type        = string
  default     = "dev"

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "log_level" {
  description = "Least level that the function logs."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"], var.log_level)
    error_message = "log_level must be TRACE, DEBUG, INFO, NOTICE, WARNING, ERROR or CRITICAL."
  }
}

variable "lambda_timeout" {
  description = "Seconds after which Lambda ends an invocation. The function stops deadline_margin_seconds before, with what it has."
  type        = number
  default     = 900

  validation {
    condition     = var.lambda_timeout >= 1 && var.lambda_timeout <= 900 && floor(var.lambda_timeout) == var.lambda_timeout
    error_message = "lambda_timeout must be a whole number from 1 to 900 seconds."
  }
}

variable "lambda_memory_size" {
  description = "Memory of the function in MB. Processor time grows with it."
  type        = number
  default     = 3008

  validation {
    condition     = var.lambda_memory_size >= 128 && var.lambda_memory_size <= 10240 && floor(var.lambda_memory_size) == var.lambda_memory_size
    error_message = "lambda_memory_size must be a whole number from 128 to 10240 MB."
  }
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the function's log; 0 means for ever."
  type        = number
  default     = 30

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the periods that CloudWatch Logs knows: 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "reuse_existing_layers" {
  description = "Use a layer version of this account that has the same content, and publish one only where there is none."
  type        = bool
  default     = true
}

variable "use_external_layer_arns" {
  description = "Create no layer, and use those of external_layer_arns."
  type        = bool
  default     = false
}

variable "external_layer_arns" {
  description = "Two layer version ARNs for use_external_layer_arns: the Swift runtime's, then the codecs'."
  type        = list(string)
  default     = []

  validation {
    condition     = contains([0, 2], length(var.external_layer_arns))
    error_message = "external_layer_arns must have two ARNs, the Swift runtime's and then the codecs', or none."
  }

  validation {
    condition     = alltrue([for arn in var.external_layer_arns : can(regex("^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+$", arn))])
    error_message = "Each of external_layer_arns must be the ARN of a layer version: arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION."
  }
}

variable "force_layer_update" {
  description = "Publish new layer versions at each apply that has a new package, be it the function's alone."
  type        = bool
  default     = false
}

variable "alarm_sns_topic_arn" {
  description = "SNS topic that the alarms notify; empty for none. If it is encrypted, then with a key whose policy lets cloudwatch.amazonaws.com use it: with alias/aws/sns no alarm arrives."
  type        = string
  default     = ""

  validation {
    condition     = var.alarm_sns_topic_arn == "" || can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\\.fifo)?$", var.alarm_sns_topic_arn))
    error_message = "alarm_sns_topic_arn must be the ARN of an SNS topic, or empty."
  }
}
