output "event_log_checkpoint" {
  description = "Everything that the module says of itself."
  value       = module.event_log_checkpoint
}
