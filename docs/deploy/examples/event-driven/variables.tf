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

variable "lambda_timeout" {
  description = "Seconds that an invocation may take."
  type        = number
  default     = 120
}

variable "queue_batching_window_seconds" {
  description = "Seconds for which messages are gathered."
  type        = number
  default     = 30
}

variable "deadline_margin_seconds" {
  description = "Seconds before the end of an invocation at which it commits what it has."
  type        = number
  default     = 10
}

variable "queue_visibility_timeout_seconds" {
  description = "Seconds after which a message that failed comes back; 0 means six times lambda_timeout."
  type        = number
  default     = 0
}
