# How the layers are come by. What the records say is made up here; real ones are in the tests with a
# local AWS.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  source_bucket     = "an-event-log"
  checkpoint_bucket = "some-checkpoints"
  package_directory = "./tests/packages"
}

run "empty_account_publishes" {
  assert {
    condition     = output.layer_strategy == "reuse" && length(aws_lambda_layer_version.layer) == 2
    error_message = "nothing is there, so both layers are published"
  }
  assert {
    condition     = alltrue([for layer in aws_lambda_layer_version.layer : layer.skip_destroy])
    error_message = "versions are kept when they are replaced or the stack is destroyed"
  }
  assert {
    condition     = aws_lambda_layer_version.layer["swift-runtime"].layer_name == "event-log-checkpoint-swift-runtime" && aws_lambda_layer_version.layer["codecs"].layer_name == "event-log-checkpoint-codecs"
    error_message = "the names of the layers"
  }
  assert {
    condition     = alltrue([for layer in aws_lambda_layer_version.layer : layer.compatible_runtimes == toset(["provided.al2023"]) && layer.compatible_architectures == toset(["x86_64"])])
    error_message = "what the layers are for"
  }
  assert {
    condition     = aws_ssm_parameter.layer_record["codecs"].name == "/event-log-checkpoint/layers/codecs/x86_64/${filesha256("./tests/packages/codecs-layer.zip")}/event-log-checkpoint"
    error_message = "the record has the content in its name"
  }
  assert {
    condition     = alltrue([for record in aws_ssm_parameter.layer_record : jsondecode(record.value).published == "content"])
    error_message = "the record says that this stack published"
  }
  assert {
    condition     = output.swift_runtime_layer_version != null && output.codecs_layer_version != null
    error_message = "versions that are managed here are in the outputs"
  }
  assert {
    condition     = length(aws_lambda_function.event_log_checkpoint.layers) == 2
    error_message = "the function has both layers"
  }
}

run "own_record_goes_on_managing" {
  override_data {
    target = data.aws_ssm_parameters_by_path.layer_records
    values = {
      names  = ["/event-log-checkpoint/layers/l/x86_64/h/another", "/event-log-checkpoint/layers/l/x86_64/h/event-log-checkpoint"]
      values = ["{\"arn\":\"arn:aws:lambda:eu-central-1:123456789012:layer:shared:3\",\"published\":\"\"}", "{\"arn\":\"arn:aws:lambda:eu-central-1:123456789012:layer:shared:3\",\"published\":\"content\"}"]
    }
  }
  assert {
    condition     = length(aws_lambda_layer_version.layer) == 2
    error_message = "a stack that published goes on managing what it published, whoever else uses it"
  }
}

run "another_stacks_version_is_reused" {
  override_data {
    target = data.aws_ssm_parameters_by_path.layer_records
    values = {
      names  = ["/event-log-checkpoint/layers/l/x86_64/h/another"]
      values = ["{\"arn\":\"arn:aws:lambda:eu-central-1:123456789012:layer:shared:3\",\"published\":\"content\"}"]
    }
  }
  assert {
    condition     = length(aws_lambda_layer_version.layer) == 0
    error_message = "nothing is published"
  }
  assert {
    condition     = output.swift_runtime_layer_arn == "arn:aws:lambda:eu-central-1:123456789012:layer:shared:3" && output.swift_runtime_layer_version == null
    error_message = "the other stack's version is used, and not managed"
  }
  assert {
    condition     = jsondecode(aws_ssm_parameter.layer_record["codecs"].value) == { arn = "arn:aws:lambda:eu-central-1:123456789012:layer:shared:3", published = "" }
    error_message = "a record of its own keeps the version when the other stack is gone"
  }
}

run "own_record_of_a_reused_version_stays" {
  override_data {
    target = data.aws_ssm_parameters_by_path.layer_records
    values = {
      names  = ["/event-log-checkpoint/layers/l/x86_64/h/another", "/event-log-checkpoint/layers/l/x86_64/h/event-log-checkpoint"]
      values = ["{\"arn\":\"arn:aws:lambda:eu-central-1:123456789012:layer:shared:4\",\"published\":\"content\"}", "{\"arn\":\"arn:aws:lambda:eu-central-1:123456789012:layer:shared:3\",\"published\":\"\"}"]
    }
  }
  assert {
    condition     = length(aws_lambda_layer_version.layer) == 0 && output.codecs_layer_arn == "arn:aws:lambda:eu-central-1:123456789012:layer:shared:3"
    error_message = "what a stack uses does not change because another stack's does"
  }
}

run "what_is_no_record_is_passed_over" {
  override_data {
    target = data.aws_ssm_parameters_by_path.layer_records
    values = {
      names  = ["/event-log-checkpoint/layers/l/x86_64/h/a", "/event-log-checkpoint/layers/l/x86_64/h/b", "/event-log-checkpoint/layers/l/x86_64/h/c"]
      values = ["not JSON", "{\"arn\":\"elsewhere\",\"published\":\"content\"}", "[]"]
    }
  }
  assert {
    condition     = length(aws_lambda_layer_version.layer) == 2
    error_message = "parameters that are no records do not keep a stack from publishing"
  }
}

run "external" {
  variables {
    use_external_layer_arns = true
    external_layer_arns = [
      "arn:aws:lambda:eu-central-1:210987654321:layer:swift-runtime:12",
      "arn:aws:lambda:eu-central-1:210987654321:layer:codecs:4",
    ]
  }
  assert {
    condition     = output.layer_strategy == "external" && length(aws_lambda_layer_version.layer) == 0 && length(aws_ssm_parameter.layer_record) == 0
    error_message = "nothing is created"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.layers == tolist(var.external_layer_arns)
    error_message = "the function has the two in their order"
  }
  assert {
    condition     = output.swift_runtime_layer_arn == var.external_layer_arns[0] && output.codecs_layer_arn == var.external_layer_arns[1] && output.codecs_layer_version == null
    error_message = "ARNs are in the outputs, versions are not managed"
  }
}

run "forced" {
  variables {
    force_layer_update = true
  }
  assert {
    condition     = output.layer_strategy == "force" && length(aws_lambda_layer_version.layer) == 2
    error_message = "both are published"
  }
  assert {
    condition     = alltrue([for record in aws_ssm_parameter.layer_record : jsondecode(record.value).published == "force"])
    error_message = "the record says so, for the day on which this stack returns to reuse"
  }
}

run "returned_to_reuse" {
  override_data {
    target = data.aws_ssm_parameters_by_path.layer_records
    values = {
      names  = ["/event-log-checkpoint/layers/l/x86_64/h/event-log-checkpoint"]
      values = ["{\"arn\":\"arn:aws:lambda:eu-central-1:123456789012:layer:forced:5\",\"published\":\"force\"}"]
    }
  }
  assert {
    condition     = length(aws_lambda_layer_version.layer) == 0 && output.codecs_layer_arn == "arn:aws:lambda:eu-central-1:123456789012:layer:forced:5"
    error_message = "the forced version has the content, so it is used"
  }
}

run "neither_reused_nor_forced" {
  override_data {
    target = data.aws_ssm_parameters_by_path.layer_records
    values = {
      names  = ["/event-log-checkpoint/layers/l/x86_64/h/another"]
      values = ["{\"arn\":\"arn:aws:lambda:eu-central-1:123456789012:layer:shared:3\",\"published\":\"content\"}"]
    }
  }
  variables {
    reuse_existing_layers = false
  }
  assert {
    condition     = output.layer_strategy == "publish" && length(aws_lambda_layer_version.layer) == 2
    error_message = "a stack that does not reuse publishes its own"
  }
}

run "static" {
  variables {
    package = "static"
  }
  assert {
    condition     = output.layer_strategy == "none" && length(aws_lambda_layer_version.layer) == 0 && length(aws_ssm_parameter.layer_record) == 0
    error_message = "there are no layers"
  }
  assert {
    condition     = aws_lambda_function.event_log_checkpoint.layers == null || length(coalesce(aws_lambda_function.event_log_checkpoint.layers, [])) == 0
    error_message = "the function has no layers"
  }
  assert {
    condition     = endswith(aws_lambda_function.event_log_checkpoint.filename, "/bootstrap-static.zip")
    error_message = "the static package"
  }
  assert {
    condition     = output.swift_runtime_layer_arn == null && output.codecs_layer_arn == null && output.swift_runtime_layer_version == null && output.codecs_layer_version == null
    error_message = "outputs of layers are null"
  }
}
