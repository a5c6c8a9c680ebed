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

variable "external_layer_arns" {
  description = "The Swift runtime's layer version, then the codecs'."
  type        = list(string)
}

variable "alias_version" {
  description = "Version that runs; empty means the newest."
  type        = string
  default     = ""
}

variable "alarm_sns_topic_arn" {
  description = "Topic that the alarms notify."
  type        = string
}
