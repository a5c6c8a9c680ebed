"""An AWS on this machine in which a deployed function really runs.

moto keeps what Terraform creates. What moto only pretends to do is done here: functions run as
processes under a Runtime API server, queues are polled, schedules come due, log lines and metrics
arrive, and calls to S3 are held against the policy of the function's role.
"""
