variable "region" {
  description = "Region of the buckets and of the function; null means that of the environment (AWS_REGION)."
  type        = string
  default     = null
}

variable "source_bucket" {
  description = "Bucket with the event objects."
  type        = string
}

variable "checkpoint_bucket" {
  description = "Bucket for the checkpoints."
  type        = string
}

variable "package" {
  description = "layered or static."
  type        = string
  default     = "layered"
}

variable "package_directory" {
  description = "Directory of the zips that `make lambda` makes; empty means that of this clone."
  type        = string
  default     = ""
}

variable "function_name" {
  description = "Name of the function."
  type        = string
  default     = "event-log-checkpoint-everything"
}

variable "queue_batching_window_seconds" {
  description = "Seconds for which messages are gathered."
  type        = number
  default     = 60
}

variable "backfill_batch_size" {
  description = "Objects that one invocation of the backfill reads."
  type        = number
  default     = 5000
}
