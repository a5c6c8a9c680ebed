# Two layers, and four ways to come by them (output layer_strategy):
#
#   reuse     a version of this account that has the same content, else a new one
#   external  the two that external_layer_arns names
#   force     a new version at each apply that has a new package
#   publish   a new version where the layer's own content is new (neither reuse nor force is set)
#
# and `none` with the static package.
#
# A look-up of the layer itself fails a plan as long as there is no such layer. So every stack notes
# the versions that it uses in SSM parameters, whose look-up may find nothing:
#
#   <layer_record_path>/<layer>/<architecture>/<sha256 of the content>/<function_name>
#     {"arn": "<layer version>", "published": "content" | "force" | ""}
#
# A stack that finds no note of its content publishes, and says so in its note ("content"): at the
# next apply it goes on to manage that version. One that finds another stack's note takes the version
# from there, and keeps it by its own note when the other stack is gone. Versions are never destroyed
# (skip_destroy), so versions of the function that are older than the layers can be returned to.

locals {
  layer_strategy = (
    var.package == "static" ? "none" :
    var.use_external_layer_arns ? "external" :
    var.force_layer_update ? "force" :
    var.reuse_existing_layers ? "reuse" : "publish"
  )
  manages_layers = contains(["reuse", "force", "publish"], local.layer_strategy)

  managed_layers = local.manages_layers ? local.layer_packages : {}
  layer_record_paths = {
    for name, file in local.managed_layers :
    name => "${var.layer_record_path}/${name}/${var.architecture}/${coalesce(local.layer_content[name], "missing")}"
  }

  # By layer, then by stack. What somebody wrote there that is no record is passed over.
  layer_records = {
    for name, found in data.aws_ssm_parameters_by_path.layer_records :
    name => {
      for record in [
        for index, parameter in found.names :
        { stack = basename(parameter), value = try(jsondecode(nonsensitive(found.values)[index]), null) }
      ] : record.stack => record.value if can(regex(":layer:.+:[0-9]+$", record.value.arn)) && can(record.value.published)
    }
  }

  published_layers = {
    for name, file in local.managed_layers : name => file
    if(
      local.layer_strategy != "reuse" ? true :
      contains(keys(local.layer_records[name]), var.function_name) ? local.layer_records[name][var.function_name].published == "content" :
      length(local.layer_records[name]) == 0
    )
  }
  reused_layer_arns = {
    for name, file in local.managed_layers : name => (
      contains(keys(local.layer_records[name]), var.function_name) ?
      local.layer_records[name][var.function_name].arn :
      values(local.layer_records[name])[0].arn
    ) if !contains(keys(local.published_layers), name)
  }

  layer_arns = local.layer_strategy == "external" ? {
    swift-runtime = try(var.external_layer_arns[0], null)
    codecs        = try(var.external_layer_arns[1], null)
    } : {
    for name, file in local.managed_layers :
    name => contains(keys(local.published_layers), name) ? aws_lambda_layer_version.layer[name].arn : local.reused_layer_arns[name]
  }

  # In the description, because a change of it is a new version: so `force` has one for any package.
  layer_description = {
    for name, file in local.managed_layers :
    name => join("", concat(
      ["sha256 ${substr(local.layer_content[name], 0, 32)}"],
      local.layer_strategy == "force" ? [", forced with ${substr(sha256(join(" ", concat([local.function_hash], values(local.layer_content)))), 0, 32)}"] : []
    ))
  }
}

data "aws_ssm_parameters_by_path" "layer_records" {
  for_each = local.layer_record_paths

  path = each.value
}

resource "aws_lambda_layer_version" "layer" {
  for_each = local.published_layers

  layer_name               = "${var.layer_name_prefix}-${each.key}"
  description              = local.layer_description[each.key]
  filename                 = each.value
  source_code_hash         = try(filebase64sha256(each.value), "")
  compatible_runtimes      = ["provided.al2023"]
  compatible_architectures = [var.architecture]
  skip_destroy             = true

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = fileexists(each.value)
      error_message = "There is no ${each.value}. Run `make lambda`, or set package_directory to where its zips are."
    }
  }
}

resource "aws_ssm_parameter" "layer_record" {
  for_each = local.layer_record_paths

  name        = "${each.value}/${var.function_name}"
  description = "Layer version that the function ${var.function_name} uses for this content."
  type        = "String"
  value = jsonencode({
    arn = local.layer_arns[each.key]
    published = (
      !contains(keys(local.published_layers), each.key) ? "" :
      local.layer_strategy == "force" ? "force" : "content"
    )
  })
  tags = local.tags
}
