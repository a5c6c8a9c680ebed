# The zips that `make lambda` makes.

locals {
  package_directory = var.package_directory == "" ? "${path.module}/../../.build/lambda" : var.package_directory

  function_package = "${local.package_directory}/${var.package == "static" ? "bootstrap-static.zip" : "bootstrap.zip"}"
  # A file that is missing is reported by the function's precondition, with what to do.
  function_hash = try(filebase64sha256(local.function_package), "")

  layer_packages = {
    swift-runtime = "${local.package_directory}/swift-runtime-layer.zip"
    codecs        = "${local.package_directory}/codecs-layer.zip"
  }
  # Zips of the same content have the same bytes, so the hash of the file is that of the content.
  layer_content = { for name, file in local.layer_packages : name => try(filesha256(file), "") }
}
