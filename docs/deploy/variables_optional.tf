# What has a sensible default, and which most stacks leave alone.

# The function

variable "function_name" {
  description = "Name of the function, and the beginning of the names of what belongs to it. Two stacks in one account and region need two names."
  type        = string
  default     = "event-log-checkpoint"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,40}$", var.function_name))
    error_message = "function_name must have 1 to 40 of A-Z, a-z, 0-9, '-' and '_'."
  }
}

variable "package" {
  description = "layered: a small function and two layers. static: one self-contained package, no layers."
  type        = string
  default     = "layered"

  validation {
    condition     = contains(["layered", "static"], var.package)
    error_message = "package must be layered or static."
  }
}

variable "package_directory" {
  description = "Directory of the zips that `make lambda` makes; empty means that of this clone."
  type        = string
  default     = ""
}

variable "architecture" {
  description = "Instruction set of the function. The packages must have been built for it."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture must be x86_64 or arm64."
  }
}

variable "alias_version" {
  description = "Published version that the alias points at; empty means the newest. This is the rollback."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([1-9][0-9]*)?$", var.alias_version))
    error_message = "alias_version must be the number of a published version, such as 7, or empty."
  }
}

variable "reserved_concurrency" {
  description = "Invocations of the function that may run at once; -1 means that nothing is reserved."
  type        = number
  default     = -1

  validation {
    condition     = var.reserved_concurrency >= -1 && floor(var.reserved_concurrency) == var.reserved_concurrency
    error_message = "reserved_concurrency must be -1 (none), 0 (stopped) or a number of invocations."
  }
}

variable "vpc_subnet_ids" {
  description = "Subnets for the function, which then needs an S3 gateway endpoint; empty means no VPC."
  type        = list(string)
  default     = []
}

variable "vpc_security_group_ids" {
  description = "Security groups for the function; needed where vpc_subnet_ids are given."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags for everything that can have some."
  type        = map(string)
  default     = {}
}

variable "layer_name_prefix" {
  description = "Beginning of the names of published layers. The stacks of an account share layers, so it does not follow function_name."
  type        = string
  default     = "event-log-checkpoint"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,40}$", var.layer_name_prefix))
    error_message = "layer_name_prefix must have 1 to 40 of A-Z, a-z, 0-9, '-' and '_'."
  }
}

variable "layer_record_path" {
  description = "Path of the SSM parameters in which the stacks of an account note which layer version has which content."
  type        = string
  default     = "/event-log-checkpoint/layers"

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+){1,10}$", var.layer_record_path)) && !can(regex("(?i)^/(aws|ssm)", var.layer_record_path))
    error_message = "layer_record_path must be the path of a parameter, such as /event-log-checkpoint/layers, and must not begin with /aws or /ssm."
  }
}

# What the function does

variable "source_prefix" {
  description = "Prefix under which the event objects lie; empty means the whole bucket."
  type        = string
  default     = ""

  validation {
    condition     = !startswith(var.source_prefix, "/") && !can(regex("[*?$]", var.source_prefix))
    error_message = "source_prefix must not begin with '/', and must not hold '*', '?' or '$', which mean something in a policy."
  }
}

variable "compression" {
  description = "Compression of the checkpoints."
  type        = string
  default     = "zstd"

  validation {
    condition     = contains(["zstd", "snappy", "gzip", "none"], var.compression)
    error_message = "compression must be zstd, snappy, gzip or none."
  }
}

variable "overlap_minutes" {
  description = "Minutes of uploads that each run looks at again, for objects that become visible late."
  type        = number
  default     = 15

  validation {
    condition     = var.overlap_minutes >= 0 && var.overlap_minutes <= 1440 && floor(var.overlap_minutes) == var.overlap_minutes
    error_message = "overlap_minutes must be a whole number from 0 to 1440."
  }
}

variable "concurrency" {
  description = "Objects that an invocation reads at once."
  type        = number
  default     = 256

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 900 && floor(var.concurrency) == var.concurrency
    error_message = "concurrency must be a whole number from 1 to 900: each object takes a connection, and Lambda gives 1,024 file descriptors."
  }
}

variable "unknown_fields" {
  description = "Whether an event with a field that the schema lacks is refused, or the field ignored."
  type        = string
  default     = "refuse"

  validation {
    condition     = contains(["refuse", "ignore"], var.unknown_fields)
    error_message = "unknown_fields must be refuse or ignore."
  }
}

variable "deadline_margin_seconds" {
  description = "Seconds before the timeout at which an invocation commits what it has."
  type        = number
  default     = 10

  validation {
    condition     = var.deadline_margin_seconds >= 1 && var.deadline_margin_seconds <= 300 && floor(var.deadline_margin_seconds) == var.deadline_margin_seconds
    error_message = "deadline_margin_seconds must be a whole number from 1 to 300."
  }
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the function's own metrics."
  type        = string
  default     = "EventLogCheckpoint"

  validation {
    condition     = can(regex("^[A-Za-z0-9_./#-]{1,255}$", var.metrics_namespace)) && !startswith(var.metrics_namespace, "AWS/")
    error_message = "metrics_namespace must have 1 to 255 of A-Z, a-z, 0-9 and '_./#-', and must not begin with AWS/."
  }
}

# Permissions and keys

variable "permissions_boundary_arn" {
  description = "Policy that bounds the roles made here; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.permissions_boundary_arn == "" || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, or empty."
  }
}

variable "kms_key_arn" {
  description = "KMS key for the function's environment, its log and the queues; empty means keys of AWS. Its policy must allow CloudWatch Logs, and S3 where the queue is on."
  type        = string
  default     = ""

  validation {
    condition     = var.kms_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (not of an alias), or empty."
  }
}

variable "bucket_kms_key_arns" {
  description = "KMS keys with which objects of the source bucket and the checkpoint bucket are encrypted."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.bucket_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "Each of bucket_kms_key_arns must be the ARN of a KMS key (not of an alias)."
  }
}

# When it runs

variable "schedule_expression" {
  description = "When EventBridge runs the function, such as rate(15 minutes) or cron(0 6 * * ? *) (UTC); empty for never."
  type        = string
  default     = ""

  validation {
    condition     = var.schedule_expression == "" || can(regex("^(rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\\)|cron\\([^()]+\\))$", var.schedule_expression))
    error_message = "schedule_expression must be rate(N minutes), rate(1 hour), cron(...) or another expression of EventBridge, or empty. It is 'minute' for 1 and 'minutes' for more."
  }
}

variable "enable_event_queue" {
  description = "Let S3 tell the function of new objects through an SQS queue, so that nothing is listed for them."
  type        = bool
  default     = false
}

variable "create_bucket_notification" {
  description = "Set the source bucket's notifications to those of the queue. A bucket has one list of them: set this to false where it has others, and add the queue there."
  type        = bool
  default     = true
}

variable "queue_batch_size" {
  description = "Messages that one invocation gets at most."
  type        = number
  default     = 1000

  validation {
    condition     = var.queue_batch_size >= 1 && var.queue_batch_size <= 5000 && floor(var.queue_batch_size) == var.queue_batch_size
    error_message = "queue_batch_size must be a whole number from 1 to 5000 (an invocation's payload is at most 6 MB)."
  }
}

variable "queue_batching_window_seconds" {
  description = "Seconds for which messages are gathered before an invocation."
  type        = number
  default     = 60

  validation {
    condition     = var.queue_batching_window_seconds >= 0 && var.queue_batching_window_seconds <= 300 && floor(var.queue_batching_window_seconds) == var.queue_batching_window_seconds
    error_message = "queue_batching_window_seconds must be a whole number from 0 to 300."
  }
}

variable "queue_maximum_concurrency" {
  description = "Invocations that the queue causes at once."
  type        = number
  default     = 2

  validation {
    condition     = var.queue_maximum_concurrency >= 2 && var.queue_maximum_concurrency <= 1000 && floor(var.queue_maximum_concurrency) == var.queue_maximum_concurrency
    error_message = "queue_maximum_concurrency must be a whole number from 2 (Lambda's least) to 1000."
  }
}

variable "queue_max_receive_count" {
  description = "Times that a message is delivered before it goes to the dead-letter queue."
  type        = number
  default     = 5

  validation {
    condition     = var.queue_max_receive_count >= 1 && var.queue_max_receive_count <= 1000 && floor(var.queue_max_receive_count) == var.queue_max_receive_count
    error_message = "queue_max_receive_count must be a whole number from 1 to 1000."
  }
}

variable "queue_visibility_timeout_seconds" {
  description = "Seconds for which a message that is being worked on is hidden; 0 means six times lambda_timeout, as AWS recommends."
  type        = number
  default     = 0

  validation {
    condition     = var.queue_visibility_timeout_seconds >= 0 && var.queue_visibility_timeout_seconds <= 43200 && floor(var.queue_visibility_timeout_seconds) == var.queue_visibility_timeout_seconds
    error_message = "queue_visibility_timeout_seconds must be a whole number from 0 to 43200."
  }
}

# Monitoring

variable "success_alarm_hours" {
  description = "Hours without a run that succeeded after which an alarm goes off; 0 for no such alarm, where nothing runs that often."
  type        = number
  default     = 24

  validation {
    condition     = var.success_alarm_hours >= 0 && var.success_alarm_hours <= 168 && floor(var.success_alarm_hours) == var.success_alarm_hours
    error_message = "success_alarm_hours must be a whole number from 0 to 168."
  }
}

# The source bucket

variable "source_lifecycle" {
  description = "What becomes of event objects: days until they are archived and expire, and until an upload that was broken off is removed. It replaces the bucket's lifecycle rules; null leaves them alone."
  type = object({
    archive_after_days                 = optional(number)
    archive_storage_class              = optional(string, "DEEP_ARCHIVE")
    expire_after_days                  = optional(number)
    abort_uploads_after_days           = optional(number, 7)
    abort_uploads_in_checkpoint_bucket = optional(bool, false)
    # Which keys are archived and expire; by default those that begin with source_prefix and "log-". Events
    # in directories below need "source_prefix" alone, and then everything under it goes with them.
    prefix = optional(string)
  })
  default = null

  validation {
    condition     = var.source_lifecycle == null || contains(["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], try(var.source_lifecycle.archive_storage_class, "GLACIER_IR"))
    error_message = "source_lifecycle.archive_storage_class must be GLACIER_IR, GLACIER or DEEP_ARCHIVE."
  }

  validation {
    condition = var.source_lifecycle == null || alltrue([
      for days in [try(var.source_lifecycle.archive_after_days, null), try(var.source_lifecycle.expire_after_days, null), try(var.source_lifecycle.abort_uploads_after_days, null)] :
      days == null ? true : days >= 1 && floor(days) == days
    ])
    error_message = "The days of source_lifecycle must be whole numbers from 1 on, or be left out."
  }

  validation {
    condition     = var.source_lifecycle == null || try(var.source_lifecycle.archive_after_days, null) == null || try(var.source_lifecycle.expire_after_days, null) == null || try(var.source_lifecycle.archive_after_days < var.source_lifecycle.expire_after_days, false)
    error_message = "source_lifecycle must archive before it expires: archive_after_days < expire_after_days."
  }
}

# Athena

variable "enable_glue" {
  description = "Create a Glue database and table, so that Athena can query the checkpoints."
  type        = bool
  default     = false
}

variable "glue_database_name" {
  description = "Name of the database; empty means that of the function with '_' for '-'."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[a-z0-9_]{0,255}$", var.glue_database_name))
    error_message = "glue_database_name must consist of a-z, 0-9 and '_', or be empty."
  }
}

variable "glue_table_name" {
  description = "Name of the table."
  type        = string
  default     = "events"

  validation {
    condition     = can(regex("^[a-z0-9_]{1,255}$", var.glue_table_name))
    error_message = "glue_table_name must consist of a-z, 0-9 and '_'."
  }
}

variable "glue_studies" {
  description = "Studies that Athena looks for where checkpoint_key holds {study} in a directory."
  type        = list(string)
  default     = ["adrc"]

  validation {
    condition     = length(var.glue_studies) > 0 && alltrue([for study in var.glue_studies : can(regex("^[A-Za-z0-9_.-]+$", study))])
    error_message = "glue_studies must name at least one study, each of A-Z, a-z, 0-9, '_', '.' and '-'."
  }
}

# The backfill

variable "enable_backfill" {
  description = "Create a Step Functions state machine that reads a history too long for one invocation in many."
  type        = bool
  default     = false
}

variable "backfill_batch_size" {
  description = "Objects that one invocation of the backfill reads."
  type        = number
  default     = 5000

  validation {
    condition     = var.backfill_batch_size >= 1 && var.backfill_batch_size <= 100000 && floor(var.backfill_batch_size) == var.backfill_batch_size
    error_message = "backfill_batch_size must be a whole number from 1 to 100000."
  }
}

variable "backfill_max_concurrency" {
  description = "Invocations of the backfill that run at once."
  type        = number
  default     = 20

  validation {
    condition     = var.backfill_max_concurrency >= 1 && var.backfill_max_concurrency <= 1000 && floor(var.backfill_max_concurrency) == var.backfill_max_concurrency
    error_message = "backfill_max_concurrency must be a whole number from 1 to 1000."
  }
}

variable "backfill_tolerated_failure_percentage" {
  description = "Share of batches that may fail before the backfill gives up. What the others found is merged all the same."
  type        = number
  default     = 5

  validation {
    condition     = var.backfill_tolerated_failure_percentage >= 0 && var.backfill_tolerated_failure_percentage <= 100
    error_message = "backfill_tolerated_failure_percentage must be a number from 0 to 100."
  }
}
